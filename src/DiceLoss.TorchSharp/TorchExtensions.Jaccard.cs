using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

public static partial class TorchExtensions
{
    extension(nn)
    {
        /// <summary>Makes a module that computes the Jaccard loss, 1 - intersection over union, of logits and targets; call it with both.</summary>
        /// <param name="weight">One weight per class, shape (K), finite and not negative; copied. <see langword="null"/> for the average of the classes.</param>
        /// <param name="ignore_channel">The class whose loss is left out; a number that is not a class has no effect.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative.</param>
        /// <param name="reduction">How the losses of the samples become the result.</param>
        /// <returns>The module.</returns>
        /// <remarks>
        /// Per class L = 1 - (I + smooth) / (P + T - I + smooth), with I = sum p*t, P = sum p, T = sum t over the voxels that count.
        /// Source: M. A. Rahman, Y. Wang, "Optimizing intersection-over-union in deep neural networks for image segmentation", ISVC 2016.
        /// </remarks>
        /// <inheritdoc cref="DiceLoss(Tensor, int, long, double, int, DiceReduction)" path="/exception"/>
        public static DiceLossModule JaccardLoss(
            Tensor? weight = null,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            DiceReduction reduction = DiceReduction.Mean) =>
            Module(nameof(JaccardLoss), Jaccard(Options(weight, ignore_channel, ignore_label, smooth, reduction)), weight);
    }

    extension(nn.functional)
    {
        /// <summary>Computes the Jaccard loss, 1 - intersection over union, of logits and targets.</summary>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, Tensor, int, long, double, int, DiceReduction)" path="/param[@name!='p']|/returns"/>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, DiceOptions, Tensor, Tensor)" path="/exception"/>
        /// <inheritdoc cref="JaccardLoss(Tensor, int, long, double, DiceReduction)" path="/remarks"/>
        public static Tensor jaccard_loss(
            Tensor x,
            Tensor y,
            Tensor? weight = null,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            DiceReduction reduction = DiceReduction.Mean) =>
            TensorDice.Loss(x, y, Jaccard(Options(weight, ignore_channel, ignore_label, smooth, reduction)));
    }

    private static DiceOptions Jaccard(DiceOptions common) => common with { Overlap = Overlap.Jaccard };
}
