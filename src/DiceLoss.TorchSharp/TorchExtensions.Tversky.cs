using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

public static partial class TorchExtensions
{
    extension(nn)
    {
        /// <summary>Makes a module that computes the Tversky loss of logits and targets; call it with both.</summary>
        /// <param name="alpha">The weight of false positives, finite and not negative. Default 0.3.</param>
        /// <param name="beta">The weight of false negatives, finite and not negative. Default 0.7.</param>
        /// <param name="weight">One weight per class, shape (K), finite and not negative; copied. <see langword="null"/> for the average of the classes.</param>
        /// <param name="ignore_channel">The class whose loss is left out; a number that is not a class has no effect.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative.</param>
        /// <param name="reduction">How the losses of the samples become the result.</param>
        /// <returns>The module.</returns>
        /// <remarks>
        /// Per class L = 1 - (I + smooth) / (I + alpha FP + beta FN + smooth), with I = sum p*t, FP = sum p*(1-t) and FN = sum (1-p)*t over the voxels
        /// that count. The defaults weigh false negatives more, which favours small classes; alpha = beta = 1/2 is the Dice loss with twice the smoothing,
        /// alpha = beta = 1 the Jaccard loss.
        /// Source: S. S. M. Salehi, D. Erdogmus, A. Gholipour, "Tversky loss function for image segmentation using 3D fully
        /// convolutional deep networks", MLMI 2017.
        /// </remarks>
        /// <inheritdoc cref="DiceLoss(Tensor, int, long, double, int, DiceReduction)" path="/exception"/>
        public static DiceLossModule TverskyLoss(
            double alpha = 0.3,
            double beta = 0.7,
            Tensor? weight = null,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            DiceReduction reduction = DiceReduction.Mean) =>
            Module(nameof(TverskyLoss), Tversky(Options(weight, ignore_channel, ignore_label, smooth, reduction), alpha, beta), weight);
    }

    extension(nn.functional)
    {
        /// <summary>Computes the Tversky loss of logits and targets.</summary>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, Tensor, int, long, double, int, DiceReduction)" path="/param[@name!='p']|/returns"/>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, DiceOptions, Tensor, Tensor)" path="/exception"/>
        /// <inheritdoc cref="TverskyLoss(double, double, Tensor, int, long, double, DiceReduction)" path="/param[@name='alpha' or @name='beta']|/remarks"/>
        public static Tensor tversky_loss(
            Tensor x,
            Tensor y,
            double alpha = 0.3,
            double beta = 0.7,
            Tensor? weight = null,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            DiceReduction reduction = DiceReduction.Mean) =>
            TensorDice.Loss(x, y, Tversky(Options(weight, ignore_channel, ignore_label, smooth, reduction), alpha, beta));
    }

    private static DiceOptions Tversky(DiceOptions common, double alpha, double beta) => common with { Overlap = Overlap.Tversky(alpha, beta) };
}
