using DiceLoss.Checks;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

public static partial class TorchExtensions
{
    extension(nn)
    {
        /// <summary>Makes a module that computes the Dice loss and the focal loss of logits and targets in the same passes; call it with both.</summary>
        /// <param name="weight">The Dice loss's weight per class, shape (K), finite and not negative; copied. <see langword="null"/> for the average of the classes.</param>
        /// <param name="gamma">
        /// How strongly the focal loss discounts voxels that are already right; from 0 to 10^30. Default 2; 0 is cross-entropy divided by the number of classes.
        /// </param>
        /// <param name="alpha">The focal loss's balance: alpha for the foreground, 1 - alpha for the background; from 0 to 1. <see langword="null"/> for none.</param>
        /// <param name="lambda_dice">The factor of the Dice loss, finite and not negative.</param>
        /// <param name="lambda_focal">The factor of the focal loss, finite and not negative.</param>
        /// <param name="focal_weight">The focal loss's weight per class, shape (K), finite and not negative; <see langword="null"/> for 1 each; copied, and not part of the module's state.</param>
        /// <param name="activation">
        /// How logits become probabilities. <see cref="Activation.Sigmoid"/> for classes that do not compete: each has its own focal loss, against its complement.
        /// </param>
        /// <param name="ignore_channel">The class whose Dice loss is left out; the focal loss still includes it.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator of the Dice score; finite and not negative.</param>
        /// <param name="p">The exponent of the prediction mass; 1 or more.</param>
        /// <param name="reduction">How the losses of the samples become the result; not <see cref="DiceReduction.PerClass"/>.</param>
        /// <returns>The module.</returns>
        /// <remarks>
        /// lambda_dice * Dice + lambda_focal * focal loss. Per voxel and class, the focal loss is t (1 - p)^gamma (-log p), and for
        /// <see cref="Activation.Sigmoid"/> also (1 - t) p^gamma (-log(1 - p)); its mean is over all voxels and classes. Where classes compete,
        /// class 0 has the factor 1 - alpha and all others alpha. See <see cref="Focal"/>, also for options that are not offered here.
        /// </remarks>
        /// <inheritdoc cref="DiceLoss(Tensor, int, long, double, int, DiceReduction)" path="/exception"/>
        public static DiceLossModule DiceFocalLoss(
            Tensor? weight = null,
            double gamma = 2,
            double? alpha = null,
            double lambda_dice = 1,
            double lambda_focal = 1,
            Tensor? focal_weight = null,
            Activation activation = Activation.Auto,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            int p = 1,
            DiceReduction reduction = DiceReduction.Mean) => Module(
                nameof(DiceFocalLoss),
                DiceFocal(weight, gamma, alpha, lambda_dice, lambda_focal, focal_weight, activation, ignore_channel, ignore_label, smooth, p, reduction),
                weight);
    }

    extension(nn.functional)
    {
        /// <summary>Computes the Dice loss and the focal loss of logits and targets in the same passes.</summary>
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
        /// <param name="gamma">
        /// How strongly the focal loss discounts voxels that are already right; from 0 to 10^30. Default 2; 0 is cross-entropy divided by the number of classes.
        /// </param>
        /// <param name="alpha">The focal loss's balance: alpha for the foreground, 1 - alpha for the background; from 0 to 1. <see langword="null"/> for none.</param>
        /// <param name="lambda_dice">The factor of the Dice loss, finite and not negative.</param>
        /// <param name="lambda_focal">The factor of the focal loss, finite and not negative.</param>
        /// <param name="focal_weight">The focal loss's weight per class, shape (K), finite and not negative; <see langword="null"/> for 1 each. Read on every call.</param>
        /// <param name="activation">
        /// How logits become probabilities. <see cref="Activation.Sigmoid"/> for classes that do not compete: each has its own focal loss, against its complement.
        /// </param>
        /// <param name="ignore_channel">The class whose Dice loss is left out; the focal loss still includes it.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator of the Dice score; finite and not negative.</param>
        /// <param name="p">The exponent of the prediction mass; 1 or more.</param>
        /// <param name="reduction">How the losses of the samples become the result; not <see cref="DiceReduction.PerClass"/>.</param>
        /// <returns>
        /// The loss on the logits' device, of shape (), or (N) for one per sample; float64 for float64 logits, otherwise float32. It is
        /// differentiable with respect to the logits if they require a gradient and gradients are enabled.
        /// </returns>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, DiceOptions, Tensor, Tensor)" path="/exception"/>
        /// <inheritdoc cref="DiceFocalLoss(Tensor, double, double?, double, double, Tensor, Activation, int, long, double, int, DiceReduction)" path="/remarks"/>
        public static Tensor dice_focal_loss(
            Tensor x,
            Tensor y,
            Tensor? weight = null,
            double gamma = 2,
            double? alpha = null,
            double lambda_dice = 1,
            double lambda_focal = 1,
            Tensor? focal_weight = null,
            Activation activation = Activation.Auto,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            int p = 1,
            DiceReduction reduction = DiceReduction.Mean) => TensorDice.Loss(
                x,
                y,
                DiceFocal(weight, gamma, alpha, lambda_dice, lambda_focal, focal_weight, activation, ignore_channel, ignore_label, smooth, p, reduction));
    }

    // Both losses have options called Weight and ClassWeights: what is wrong there is said of the argument.
    private static DiceOptions DiceFocal(
        Tensor? weight,
        double gamma,
        double? alpha,
        double lambda_dice,
        double lambda_focal,
        Tensor? focal_weight,
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
            Focal = new Focal
            {
                Weight = OptionValues.NotNegative(lambda_focal, nameof(lambda_focal)),
                Gamma = gamma,
                Alpha = alpha,
                ClassWeights = focal_weight is null ? null : HostWeights.Copy(focal_weight, nameof(focal_weight)),
            },
        };
}
