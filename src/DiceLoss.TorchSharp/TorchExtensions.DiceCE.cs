using DiceLoss.Checks;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

public static partial class TorchExtensions
{
    extension(nn)
    {
        /// <summary>Makes a module that computes the Dice loss and cross-entropy of logits and targets in the same passes; call it with both.</summary>
        /// <param name="weight">The Dice loss's weight per class, shape (K), finite and not negative; copied. <see langword="null"/> for the average of the classes.</param>
        /// <param name="ce_weight">The cross-entropy's weight per class, like <c>weight</c> of <c>cross_entropy</c>; copied, and not part of the module's state.</param>
        /// <param name="label_smoothing">The share of the probability that cross-entropy spreads over all classes, from 0 to 1.</param>
        /// <param name="lambda_dice">The factor of the Dice loss, finite and not negative.</param>
        /// <param name="lambda_ce">The factor of cross-entropy, finite and not negative.</param>
        /// <param name="activation">How logits become probabilities. <see cref="Activation.Sigmoid"/> for classes that do not compete: each has its own binary cross-entropy.</param>
        /// <param name="ignore_channel">The class whose Dice loss is left out; cross-entropy still includes it.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator of the Dice score; finite and not negative.</param>
        /// <param name="p">The exponent of the prediction mass; 1 or more.</param>
        /// <param name="reduction">How the losses of the samples become the result; not <see cref="DiceReduction.PerClass"/>.</param>
        /// <returns>The module.</returns>
        /// <remarks>
        /// lambda_dice * Dice + lambda_ce * cross-entropy, the latter as PyTorch's <c>cross_entropy</c> over the voxels that count: its
        /// mean divides by the summed weights. See <see cref="CrossEntropy"/> for the other reductions, one channel, classes that do not compete
        /// and maps.
        /// </remarks>
        /// <inheritdoc cref="DiceLoss(Tensor, int, long, double, int, DiceReduction)" path="/exception"/>
        public static DiceLossModule DiceCELoss(
            Tensor? weight = null,
            Tensor? ce_weight = null,
            double label_smoothing = 0,
            double lambda_dice = 1,
            double lambda_ce = 1,
            Activation activation = Activation.Auto,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            int p = 1,
            DiceReduction reduction = DiceReduction.Mean) => Module(
                nameof(DiceCELoss),
                DiceCE(weight, ce_weight, label_smoothing, lambda_dice, lambda_ce, activation, ignore_channel, ignore_label, smooth, p, reduction),
                weight);
    }

    extension(nn.functional)
    {
        /// <summary>Computes the Dice loss and cross-entropy of logits and targets in the same passes.</summary>
        /// <param name="x">
        /// Logits (N, C, *spatial) of float32, float64, float16 or bfloat16, dense, any strides. One channel is a two-class problem. Not
        /// modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="y">
        /// Labels (N, *spatial) of int8, uint8, int16, int32 or int64: class indices or <paramref name="ignore_label"/>. Or maps (N, C, *spatial),
        /// one per channel: masks of 0 and 1 of these types or bool, or soft targets from 0 to 1 of any floating-point type of logits. On the
        /// logits' device. Not modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="weight">The Dice loss's weight per class, shape (K), finite and not negative; <see langword="null"/> for the average of the classes. Read on every call.</param>
        /// <param name="ce_weight">The cross-entropy's weight per class, like <c>weight</c> of <c>cross_entropy</c>. Read on every call.</param>
        /// <param name="label_smoothing">The share of the probability that cross-entropy spreads over all classes, from 0 to 1.</param>
        /// <param name="lambda_dice">The factor of the Dice loss, finite and not negative.</param>
        /// <param name="lambda_ce">The factor of cross-entropy, finite and not negative.</param>
        /// <param name="activation">How logits become probabilities. <see cref="Activation.Sigmoid"/> for classes that do not compete: each has its own binary cross-entropy.</param>
        /// <param name="ignore_channel">The class whose Dice loss is left out; cross-entropy still includes it.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator of the Dice score; finite and not negative.</param>
        /// <param name="p">The exponent of the prediction mass; 1 or more.</param>
        /// <param name="reduction">How the losses of the samples become the result; not <see cref="DiceReduction.PerClass"/>.</param>
        /// <returns>
        /// The loss on the logits' device, of shape (), or (N) for one per sample; float64 for float64 logits, otherwise float32. It is
        /// differentiable with respect to the logits if they require a gradient and gradients are enabled.
        /// </returns>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, DiceOptions, Tensor, Tensor)" path="/exception"/>
        /// <inheritdoc cref="DiceCELoss(Tensor, Tensor, double, double, double, Activation, int, long, double, int, DiceReduction)" path="/remarks"/>
        public static Tensor dice_ce_loss(
            Tensor x,
            Tensor y,
            Tensor? weight = null,
            Tensor? ce_weight = null,
            double label_smoothing = 0,
            double lambda_dice = 1,
            double lambda_ce = 1,
            Activation activation = Activation.Auto,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            int p = 1,
            DiceReduction reduction = DiceReduction.Mean) => TensorDice.Loss(
                x,
                y,
                DiceCE(weight, ce_weight, label_smoothing, lambda_dice, lambda_ce, activation, ignore_channel, ignore_label, smooth, p, reduction));
    }

    // Both losses have options called Weight and ClassWeights: what is wrong there is said of the argument.
    private static DiceOptions DiceCE(
        Tensor? weight,
        Tensor? ce_weight,
        double label_smoothing,
        double lambda_dice,
        double lambda_ce,
        Activation activation,
        int ignore_channel,
        long ignore_label,
        double smooth,
        int p,
        DiceReduction reduction) => Options(weight, ignore_channel, ignore_label, smooth, reduction) with
        {
            Activation = activation,
            Exponent = p,
            OverlapWeight = OptionValues.NotNegative(lambda_dice, nameof(lambda_dice)),
            CrossEntropy = new CrossEntropy
            {
                Weight = OptionValues.NotNegative(lambda_ce, nameof(lambda_ce)),
                ClassWeights = ce_weight is null ? null : HostWeights.Copy(ce_weight, nameof(ce_weight)),
                LabelSmoothing = label_smoothing,
            },
        };
}
