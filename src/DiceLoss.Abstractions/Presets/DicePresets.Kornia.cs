namespace DiceLoss;

public static partial class DicePresets
{
    /// <summary>The losses of kornia, as of b4f5a78a (2026-08-18). Softmax over the channels; a scalar, the mean over the samples.</summary>
    /// <remarks>
    /// Kornia takes labels of images only; these options take any number of dimensions, and maps: one-hot maps give the same as labels, other
    /// maps follow the formulas below. Kornia's <c>dice_loss</c> adds 1e-6 to every element of its one-hot targets; that is not reproduced.
    /// </remarks>
    public static class Kornia
    {
        /// <summary>
        /// dice_loss: 1 - 2I / (P + T + eps), from the sums over all classes ("micro"; with softmax, 1 minus the mean probability of the
        /// label) or from those of each class ("macro").
        /// </summary>
        /// <param name="average">
        /// <see cref="ClassPooling.Uniform"/> for kornia's default "micro", <see cref="ClassPooling.None"/> for "macro".
        /// </param>
        /// <param name="eps">Added to the denominator; finite and not negative.</param>
        /// <param name="weight">
        /// One weight per class; <see langword="null"/> for none. In "macro" the weighted losses are divided by the sum of the weights. In
        /// "micro" kornia squares the weights in the numerator only; that is reproduced where it makes no difference, for weights of
        /// 0 and 1.
        /// </param>
        /// <param name="ignoreIndex">The label of voxels that count nowhere.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">In "micro", a weight is neither 0 nor 1.</exception>
        public static DiceOptions Dice(
            ClassPooling average = ClassPooling.Uniform, double eps = 1e-8, ClassWeights? weight = null, long ignoreIndex = -100)
        {
            if (average is not (ClassPooling.Uniform or ClassPooling.None))
            {
                throw new ArgumentOutOfRangeException(nameof(average), average,
                    $"{nameof(average)} is {average}; it is one of {ClassPooling.Uniform} (micro), {ClassPooling.None} (macro).");
            }

            if (average == ClassPooling.Uniform && weight?.Any(w => w is not (0 or 1)) == true)
            {
                throw new ArgumentException(
                    $"{nameof(weight)} is {weight}; with {nameof(average)} {average} (micro) every weight is 0 or 1: "
                    + "kornia squares them in the numerator only.",
                    nameof(weight));
            }

            return new DiceOptions
            {
                Activation = Activation.Softmax,
                ClassPooling = average,
                SmoothDenominator = eps,
                ClassWeights = weight,
                ClassWeighting = ClassWeighting.Normalized,
                IgnoreLabel = ignoreIndex,
            };
        }

        /// <summary>
        /// tversky_loss: 1 - I / (I + alpha (P - I) + beta (T - I) + eps) of the sums over all classes. For labels P = T, so that only the sum
        /// of alpha and beta matters.
        /// </summary>
        /// <param name="alpha">The weight of false positives; finite and not negative.</param>
        /// <param name="beta">The weight of false negatives; finite and not negative.</param>
        /// <param name="eps">Added to the denominator; finite and not negative.</param>
        /// <param name="ignoreIndex">The label of voxels that count nowhere.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        public static DiceOptions Tversky(double alpha, double beta, double eps = 1e-8, long ignoreIndex = -100) => new()
        {
            Activation = Activation.Softmax,
            Overlap = Overlap.Tversky(alpha, beta),
            ClassPooling = ClassPooling.Uniform,
            SmoothDenominator = eps,
            IgnoreLabel = ignoreIndex,
        };
    }
}
