using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

public static partial class TorchExtensions
{
    extension(nn)
    {
        /// <summary>Makes a module that computes the focal Tversky loss of logits and targets; call it with both.</summary>
        /// <param name="alpha">The weight of false positives, finite and not negative. Default 0.3.</param>
        /// <param name="beta">The weight of false negatives, finite and not negative. Default 0.7.</param>
        /// <param name="gamma">The exponent of the loss of each class, positive and finite. Default 4/3; 1 is <c>TverskyLoss</c>.</param>
        /// <param name="weight">One weight per class, shape (K), finite and not negative; copied. <see langword="null"/> for the average of the classes.</param>
        /// <param name="ignore_channel">The class whose loss is left out; a number that is not a class has no effect.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative.</param>
        /// <param name="reduction">How the losses of the samples become the result.</param>
        /// <returns>The module.</returns>
        /// <remarks>
        /// Per class L = max(1 - S, 0)^gamma, S being the score of <c>TverskyLoss</c>. A gamma above 1 shifts the gradient to the classes with
        /// the largest loss, one below 1 to those with the smallest, where the gradient then grows without bound. The paper writes the exponent
        /// as 1/gamma, and its alpha weighs false negatives: its setting of alpha 0.7, beta 0.3 and gamma 4/3 is alpha 0.3, beta 0.7 and gamma
        /// 0.75 here.
        /// Source: N. Abraham, N. M. Khan, "A novel focal Tversky loss function with improved attention U-Net for lesion
        /// segmentation", ISBI 2019.
        /// </remarks>
        /// <inheritdoc cref="DiceLoss(Tensor, int, long, double, int, DiceReduction)" path="/exception"/>
        public static DiceLossModule FocalTverskyLoss(
            double alpha = 0.3,
            double beta = 0.7,
            double gamma = 4.0 / 3,
            Tensor? weight = null,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            DiceReduction reduction = DiceReduction.Mean) =>
            Module(nameof(FocalTverskyLoss), FocalTversky(Options(weight, ignore_channel, ignore_label, smooth, reduction), alpha, beta, gamma), weight);
    }

    extension(nn.functional)
    {
        /// <summary>Computes the focal Tversky loss of logits and targets.</summary>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, Tensor, int, long, double, int, DiceReduction)" path="/param[@name!='p']|/returns"/>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, DiceOptions, Tensor, Tensor)" path="/exception"/>
        /// <inheritdoc cref="FocalTverskyLoss(double, double, double, Tensor, int, long, double, DiceReduction)" path="/param[@name='alpha' or @name='beta' or @name='gamma']|/remarks"/>
        public static Tensor focal_tversky_loss(
            Tensor x,
            Tensor y,
            double alpha = 0.3,
            double beta = 0.7,
            double gamma = 4.0 / 3,
            Tensor? weight = null,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            DiceReduction reduction = DiceReduction.Mean) =>
            TensorDice.Loss(x, y, FocalTversky(Options(weight, ignore_channel, ignore_label, smooth, reduction), alpha, beta, gamma));
    }

    private static DiceOptions FocalTversky(DiceOptions common, double alpha, double beta, double gamma) =>
        Tversky(common, alpha, beta) with { Gamma = gamma };
}
