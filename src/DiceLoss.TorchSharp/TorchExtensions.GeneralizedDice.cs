using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

public static partial class TorchExtensions
{
    extension(nn)
    {
        /// <summary>Makes a module that computes the generalised Dice loss, one score over all classes, of logits and targets; call it with both.</summary>
        /// <param name="w_type">The weight of a class in the score: 1/T^2 (the default), 1/T or 1.</param>
        /// <param name="weight">One factor per class for its weight in the score, shape (K), finite and not negative; copied. <see langword="null"/> for 1.</param>
        /// <param name="ignore_channel">The class that is left out of the score; a number that is not a class has no effect.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative.</param>
        /// <param name="reduction">How the losses of the samples become the result; there is no loss per class.</param>
        /// <returns>The module.</returns>
        /// <remarks>
        /// Per sample L = 1 - (2 sum_k w_k I_k + smooth) / (sum_k w_k (P_k + T_k) + smooth), with I = sum p*t, P = sum p, T = sum t over the voxels
        /// that count, and w = 1/T^2, 1/T or 1. A class without voxels has the largest w of the others. The smoothing is added to sums of about
        /// 1/T.
        /// Source: C. Sudre et al., "Generalised Dice overlap as a deep learning loss function for highly unbalanced segmentations", DLMIA
        /// 2017.
        /// </remarks>
        /// <inheritdoc cref="DiceLoss(Tensor, int, long, double, int, DiceReduction)" path="/exception"/>
        public static DiceLossModule GeneralizedDiceLoss(
            ClassPooling w_type = ClassPooling.InverseSquaredLabelMass,
            Tensor? weight = null,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            DiceReduction reduction = DiceReduction.Mean) =>
            Module(nameof(GeneralizedDiceLoss), GeneralizedDice(Options(weight, ignore_channel, ignore_label, smooth, reduction), w_type), weight);
    }

    extension(nn.functional)
    {
        /// <summary>Computes the generalised Dice loss, one score over all classes, of logits and targets.</summary>
        /// <param name="x">
        /// Logits (N, C, *spatial) of float32, float64, float16 or bfloat16, dense, any strides. One channel is a two-class problem. Not
        /// modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="y">
        /// Labels (N, *spatial) of int8, uint8, int16, int32 or int64: class indices or <paramref name="ignore_label"/>. Or maps (N, C, *spatial),
        /// one per channel: masks of 0 and 1 of these types or bool, or soft targets from 0 to 1 of any floating-point type of logits. On the
        /// logits' device. Not modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="w_type">The weight of a class in the score: 1/T^2 (the default), 1/T or 1.</param>
        /// <param name="weight">
        /// One factor per class for its weight in the score, shape (K), finite and not negative; <see langword="null"/> for 1. Read on
        /// every call, which waits for the device if the weights are not in main memory; a module or <see cref="DiceOptions"/> avoid that.
        /// </param>
        /// <param name="ignore_channel">The class that is left out of the score; a number that is not a class has no effect.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative.</param>
        /// <param name="reduction">How the losses of the samples become the result; there is no loss per class.</param>
        /// <returns>
        /// The loss on the logits' device, of shape (), or (N) for one per sample; float64 for float64 logits, otherwise float32. It is
        /// differentiable with respect to the logits if they require a gradient and gradients are enabled.
        /// </returns>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, DiceOptions, Tensor, Tensor)" path="/exception"/>
        /// <inheritdoc cref="GeneralizedDiceLoss(ClassPooling, Tensor, int, long, double, DiceReduction)" path="/remarks"/>
        public static Tensor generalized_dice_loss(
            Tensor x,
            Tensor y,
            ClassPooling w_type = ClassPooling.InverseSquaredLabelMass,
            Tensor? weight = null,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            DiceReduction reduction = DiceReduction.Mean) =>
            TensorDice.Loss(x, y, GeneralizedDice(Options(weight, ignore_channel, ignore_label, smooth, reduction), w_type));
    }

    private static DiceOptions GeneralizedDice(DiceOptions common, ClassPooling w_type) => w_type == ClassPooling.None
        ? throw new ArgumentOutOfRangeException(
            nameof(w_type), w_type,
            $"{nameof(w_type)} is {w_type}, which is a score per class: the Dice loss. It is {nameof(ClassPooling.InverseSquaredLabelMass)}, "
            + $"{nameof(ClassPooling.InverseLabelMass)} or {nameof(ClassPooling.Uniform)}.")
        : common with { ClassPooling = w_type };
}
