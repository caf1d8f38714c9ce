using DiceLoss.Checks;

namespace DiceLoss;

public static partial class DicePresets
{
    /// <summary>The losses of segmentation_models.pytorch (qubvel-org), as of 5006616 (2026-08-14).</summary>
    /// <remarks>
    /// All of them use the score (I + smooth) / max(I + alpha (P - I) + beta (T - I) + smooth, eps) from the sums of the whole batch, give an
    /// absent class the loss 0 and average over the chosen classes; the result is a scalar. Their <c>smooth</c> corresponds to twice that
    /// value in the usual Dice score. Their I is the sum of the lesser of p and t: with soft targets the loss is least where p = t. Targets
    /// are labels, or maps, which may overlap in multilabel mode; there an ignored value leaves out the voxel for that class alone.
    /// </remarks>
    public static class SegmentationModels
    {
        /// <summary>DiceLoss: alpha = beta = 1/2.</summary>
        /// <param name="mode">What the channels stand for.</param>
        /// <param name="classes">The classes that have a loss; <see langword="null"/> for all. Not for <see cref="SegmentationMode.Binary"/>.</param>
        /// <param name="logLoss">Whether the loss of a class is -log(max(S, eps)) rather than 1 - S.</param>
        /// <param name="fromLogits">Whether the channels hold logits, to which an activation is applied; otherwise they hold probabilities.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative.</param>
        /// <param name="ignoreIndex">The label of voxels that count nowhere, or their value in maps; <see langword="null"/> for none.</param>
        /// <param name="eps">The least denominator, and the least score whose logarithm is taken; finite and not negative.</param>
        /// <param name="classWeights">
        /// One weight for each class of the logits, chosen or not, for a weighted mean of the class losses. <see langword="null"/> for the
        /// plain mean. Not for <see cref="SegmentationMode.Binary"/>.
        /// </param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The arguments do not fit each other.</exception>
        public static DiceOptions Dice(
            SegmentationMode mode,
            ClassSet? classes = null,
            bool logLoss = false,
            bool fromLogits = true,
            double smooth = 0,
            long? ignoreIndex = null,
            double eps = 1e-7,
            ClassWeights? classWeights = null) =>
            Score(0.5, 0.5, mode, classes, logLoss, fromLogits, smooth, ignoreIndex, eps, classWeights);

        /// <summary>JaccardLoss: alpha = beta = 1.</summary>
        /// <inheritdoc cref="Dice"/>
        public static DiceOptions Jaccard(
            SegmentationMode mode,
            ClassSet? classes = null,
            bool logLoss = false,
            bool fromLogits = true,
            double smooth = 0,
            long? ignoreIndex = null,
            double eps = 1e-7,
            ClassWeights? classWeights = null) =>
            Score(1, 1, mode, classes, logLoss, fromLogits, smooth, ignoreIndex, eps, classWeights);

        /// <summary>TverskyLoss.</summary>
        /// <param name="mode">What the channels stand for.</param>
        /// <param name="classes">The classes that have a loss; <see langword="null"/> for all. Not for <see cref="SegmentationMode.Binary"/>.</param>
        /// <param name="logLoss">Whether the loss of a class is -log(max(S, eps)) rather than 1 - S.</param>
        /// <param name="fromLogits">Whether the channels hold logits, to which an activation is applied; otherwise they hold probabilities.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative.</param>
        /// <param name="ignoreIndex">The label of voxels that count nowhere, or their value in maps; <see langword="null"/> for none.</param>
        /// <param name="eps">The least denominator, and the least score whose logarithm is taken; finite and not negative.</param>
        /// <param name="alpha">The weight of false positives; finite and not negative.</param>
        /// <param name="beta">The weight of false negatives; finite and not negative.</param>
        /// <param name="gamma">
        /// The exponent of the loss; positive and finite. In segmentation_models.pytorch it is the exponent of the mean over the classes,
        /// here of the loss of each class: a value other than 1 is accepted for one class only (<see cref="SegmentationMode.Binary"/>, or
        /// one of <paramref name="classes"/>), without <paramref name="logLoss"/>. For the focal form of each class, set
        /// <see cref="DiceOptions.Gamma"/> on the result.
        /// </param>
        /// <param name="classWeights">
        /// One weight for each class of the logits, chosen or not, for a weighted mean of the class losses. <see langword="null"/> for the
        /// plain mean. Not for <see cref="SegmentationMode.Binary"/>.
        /// </param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The arguments do not fit each other, or cannot be reproduced together.</exception>
        public static DiceOptions Tversky(
            SegmentationMode mode,
            ClassSet? classes = null,
            bool logLoss = false,
            bool fromLogits = true,
            double smooth = 0,
            long? ignoreIndex = null,
            double eps = 1e-7,
            double alpha = 0.5,
            double beta = 0.5,
            double gamma = 1,
            ClassWeights? classWeights = null)
        {
            bool oneClass = mode == SegmentationMode.Binary || classes?.Count == 1;
            if (gamma != 1 && (!oneClass || logLoss))
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"{nameof(gamma)} is {gamma}; it is 1 unless one class alone has a loss, and no logarithm: ")
                    + "the power of a mean over classes is not offered.", nameof(gamma));
            }

            return Score(alpha, beta, mode, classes, logLoss, fromLogits, smooth, ignoreIndex, eps, classWeights) with { Gamma = gamma };
        }

        private static DiceOptions Score(
            double alpha,
            double beta,
            SegmentationMode mode,
            ClassSet? classes,
            bool logLoss,
            bool fromLogits,
            double smooth,
            long? ignoreIndex,
            double eps,
            ClassWeights? classWeights)
        {
            OptionValues.Member(mode, nameof(mode));
            if (mode == SegmentationMode.Binary && classes is not null)
            {
                throw new ArgumentException(
                    $"{nameof(classes)} is {classes}; {nameof(SegmentationMode)}.{mode} has one class and takes no choice of them.", nameof(classes));
            }

            if (mode == SegmentationMode.Binary && classWeights is not null)
            {
                throw new ArgumentException(
                    $"{nameof(classWeights)} is {classWeights}; {nameof(SegmentationMode)}.{mode} has one class and takes no weights.", nameof(classWeights));
            }

            Activation activation = mode == SegmentationMode.Multiclass ? Activation.Softmax : Activation.Sigmoid;
            return new DiceOptions
            {
                Activation = fromLogits ? activation : Activation.None,
                Overlap = Overlap.Tversky(alpha, beta),
                Intersection = IntersectionForm.Minimum,
                Form = logLoss ? LossForm.NegativeLogarithm : LossForm.Complement,
                MinScore = logLoss ? eps : 0,
                Smooth = smooth,
                MinDenominator = eps,
                AbsentClasses = AbsentClasses.Zero,
                IncludedClasses = classes,
                ClassAverage = ClassAverage.Included,
                ClassWeights = classWeights,
                ClassWeighting = ClassWeighting.Normalized,
                Reduction = DiceReduction.Batch,
            }.WithIgnoredLabel(ignoreIndex);
        }
    }
}
