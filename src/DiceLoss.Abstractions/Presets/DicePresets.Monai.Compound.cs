using System.Globalization;

namespace DiceLoss;

public static partial class DicePresets
{
    // Dice beside another loss.
    public static partial class Monai
    {
        /// <summary>
        /// DiceCELoss: lambdaDice * DiceLoss + lambdaCe * cross-entropy. With several channels both use the softmax; with one channel, which
        /// is the foreground, both use the sigmoid, and cross-entropy is binary.
        /// </summary>
        /// <param name="channels">The number of channels, 1 or more.</param>
        /// <param name="includeBackground">Whether class 0 has a Dice loss. Cross-entropy includes it in any case. No effect for one channel.</param>
        /// <param name="squaredPred">Whether P is the sum of p^2 and T the sum of t^2.</param>
        /// <param name="jaccard">Whether to compare by the Jaccard index.</param>
        /// <param name="reduction"><see cref="DiceReduction.Mean"/> or <see cref="DiceReduction.Sum"/>.</param>
        /// <param name="smoothNr">Added to the numerator; finite and not negative.</param>
        /// <param name="smoothDr">Added to the denominator; finite and not negative.</param>
        /// <param name="batch">Whether the sums of the samples are added up first. Only with <see cref="DiceReduction.Mean"/>.</param>
        /// <param name="weight">
        /// One factor for each class, finite and not negative, for cross-entropy and for the Dice loss of those classes that have one. Not
        /// for one channel.
        /// </param>
        /// <param name="positiveWeight">For one channel: the weight of the foreground in cross-entropy, which MONAI passes as <c>weight</c>.</param>
        /// <param name="lambdaDice">The factor of the Dice loss; finite and not negative.</param>
        /// <param name="lambdaCe">The factor of cross-entropy; finite and not negative.</param>
        /// <param name="labelSmoothing">The label smoothing of cross-entropy, from 0 to 1. Not for one channel.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The arguments do not fit each other, or cannot be reproduced together.</exception>
        /// <remarks>
        /// As in MONAI, the mean of cross-entropy divides by the summed weights of the labels; for maps, one-hot or soft, by the number of
        /// voxels. MONAI's <c>sigmoid=True</c> with several channels, which takes Dice over the sigmoid and cross-entropy over the softmax, is
        /// the sum of two losses here: <see cref="Dice"/>, and this one with <paramref name="lambdaDice"/> 0.
        /// </remarks>
        public static DiceOptions DiceCE(
            int channels,
            bool includeBackground = true,
            bool squaredPred = false,
            bool jaccard = false,
            DiceReduction reduction = DiceReduction.Mean,
            double smoothNr = 1e-5,
            double smoothDr = 1e-5,
            bool batch = false,
            ClassWeights? weight = null,
            double? positiveWeight = null,
            double lambdaDice = 1,
            double lambdaCe = 1,
            double labelSmoothing = 0)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
            CheckCompound(reduction, batch);
            bool isBinary = channels == 1;
            if (isBinary ? weight is not null || labelSmoothing != 0 : positiveWeight is not null)
            {
                throw new ArgumentException(
                    $"There are {channels} channel(s): one has a {nameof(positiveWeight)}, several a {nameof(weight)} and {nameof(labelSmoothing)}.",
                    !isBinary ? nameof(positiveWeight) : weight is not null ? nameof(weight) : nameof(labelSmoothing));
            }

            if (weight is not null) CheckWeight(weight, background: 0, channels);

            // One class alone has no use for a weight.
            ClassWeights? ofDice = weight is null || includeBackground ? weight : channels == 2 ? null : ClassWeights.Create([.. weight.Skip(1)]);
            DiceOptions dice = Dice(
                includeBackground || isBinary, Activation.Softmax, squaredPred, jaccard, reduction, smoothNr, smoothDr, batch, ofDice, classes: channels);
            if (isBinary)
            {
                // The foreground as the second of two classes, of which the first has no Dice loss.
                dice = dice.WithoutBackground(true) with { Activation = Activation.TwoClassSigmoid, ClassWeights = null };
            }

            return dice with
            {
                OverlapWeight = lambdaDice,
                CrossEntropy = new CrossEntropy
                {
                    Weight = lambdaCe,
                    ClassWeights = weight,
                    LabelSmoothing = labelSmoothing,
                    PositiveWeight = positiveWeight,
                },
            };
        }

        /// <summary>
        /// FocalLoss alone: the mean over voxels and classes of a (1 - p)^gamma (-log p) where the voxel has the class and, with the sigmoid, of
        /// b p^gamma (-log(1 - p)) where it does not.
        /// </summary>
        /// <param name="includeBackground">Whether class 0 has a loss. Leave it true for one channel.</param>
        /// <param name="useSoftmax">Whether p is the softmax; by default it is the sigmoid, each class on its own.</param>
        /// <param name="gamma">The exponent; from 0 to 10^30.</param>
        /// <param name="alpha">
        /// From 0 to 1: a = alpha and b = 1 - alpha; with the softmax, a = 1 - alpha for class 0 and alpha for the others.
        /// <see langword="null"/> for 1 each.
        /// </param>
        /// <param name="weight">One factor for each class, as for <see cref="Dice"/>.</param>
        /// <param name="reduction">
        /// <see cref="DiceReduction.Mean"/> over everything, or <see cref="DiceReduction.Sum"/>: the sum over samples and classes of the mean over space.
        /// </param>
        /// <param name="classes">The number of channels; needed if the background is left out and there are no weights.</param>
        /// <param name="voxels">The number of voxels of a sample; needed for <see cref="DiceReduction.Sum"/>.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The arguments do not fit each other, or cannot be reproduced together.</exception>
        /// <remarks>
        /// For labels and masks. For soft targets t, MONAI's sigmoid form takes sigmoid(-x (2t - 1))^gamma times the cross-entropy, whereas this
        /// one takes t (1 - p)^gamma (-log p) and its complement separately; with the softmax the two are the same. With the softmax MONAI
        /// leaves out class 0 before it takes the softmax: to reproduce that, pass the other channels and their maps alone, and no alpha, which
        /// MONAI then ignores.
        /// </remarks>
        public static DiceOptions Focal(
            bool includeBackground = true,
            bool useSoftmax = false,
            double gamma = 2,
            double? alpha = null,
            ClassWeights? weight = null,
            DiceReduction reduction = DiceReduction.Mean,
            int? classes = null,
            long? voxels = null) => new()
            {
                Activation = useSoftmax ? Activation.Softmax : Activation.Sigmoid,
                OverlapWeight = 0,
                Focal = FocalTerm(includeBackground, useSoftmax, gamma, alpha, weight, reduction, classes, voxels),
                Reduction = reduction,
            };

        /// <summary>DiceFocalLoss: lambdaDice * DiceLoss + lambdaFocal * FocalLoss, both of the same probabilities.</summary>
        /// <param name="includeBackground">Whether class 0 has a loss, of either kind. Leave it true for one channel.</param>
        /// <param name="useSoftmax">Whether both use the softmax; by default both use the sigmoid.</param>
        /// <param name="squaredPred">Whether P is the sum of p^2 and T the sum of t^2.</param>
        /// <param name="jaccard">Whether to compare by the Jaccard index.</param>
        /// <param name="reduction"><see cref="DiceReduction.Mean"/> or <see cref="DiceReduction.Sum"/>, as for <see cref="Dice"/> and <see cref="Focal"/>.</param>
        /// <param name="smoothNr">Added to the numerator; finite and not negative.</param>
        /// <param name="smoothDr">Added to the denominator; finite and not negative.</param>
        /// <param name="batch">Whether the sums of the samples are added up first for the Dice loss. Only with <see cref="DiceReduction.Mean"/>.</param>
        /// <param name="gamma">As for <see cref="Focal"/>.</param>
        /// <param name="weight">One factor for each class, of both losses, as for <see cref="Dice"/>.</param>
        /// <param name="lambdaDice">The factor of the Dice loss; finite and not negative.</param>
        /// <param name="lambdaFocal">The factor of the focal loss; finite and not negative.</param>
        /// <param name="alpha">As for <see cref="Focal"/>.</param>
        /// <param name="classes">
        /// The number of channels; needed if there are no weights and either the background is left out or the reduction is <see cref="DiceReduction.Sum"/>.
        /// </param>
        /// <param name="voxels">The number of voxels of a sample; needed for <see cref="DiceReduction.Sum"/>.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The arguments do not fit each other, or cannot be reproduced together.</exception>
        /// <remarks>
        /// In MONAI's DiceFocalLoss the activation applies to Dice alone; the focal loss is always over the sigmoid. With the softmax, or
        /// no activation, for Dice it is therefore the sum of two losses here: <see cref="Dice"/> and <see cref="Focal"/>. For soft targets
        /// see <see cref="Focal"/>.
        /// </remarks>
        public static DiceOptions DiceFocal(
            bool includeBackground = true,
            bool useSoftmax = false,
            bool squaredPred = false,
            bool jaccard = false,
            DiceReduction reduction = DiceReduction.Mean,
            double smoothNr = 1e-5,
            double smoothDr = 1e-5,
            bool batch = false,
            double gamma = 2,
            ClassWeights? weight = null,
            double lambdaDice = 1,
            double lambdaFocal = 1,
            double? alpha = null,
            int? classes = null,
            long? voxels = null)
        {
            CheckCompound(reduction, batch);
            Focal focal = FocalTerm(includeBackground, useSoftmax, gamma, alpha, weight, reduction, classes, voxels);
            Activation activation = useSoftmax ? Activation.Softmax : Activation.Sigmoid;
            return Dice(includeBackground, activation, squaredPred, jaccard, reduction, smoothNr, smoothDr, batch, weight, classes: classes) with
            {
                OverlapWeight = lambdaDice,
                Focal = focal with { Weight = lambdaFocal * focal.Weight },
            };
        }

        private static Focal FocalTerm(
            bool includeBackground,
            bool useSoftmax,
            double gamma,
            double? alpha,
            ClassWeights? weight,
            DiceReduction reduction,
            int? classes,
            long? voxels)
        {
            CheckCompound(reduction, batch: false);
            if (useSoftmax && !includeBackground)
            {
                throw new ArgumentException(
                    $"{nameof(useSoftmax)} is true and {nameof(includeBackground)} false: MONAI's softmax is then over the other channels. "
                    + "Give them alone, with the background included.", nameof(includeBackground));
            }

            if (reduction == DiceReduction.Sum && voxels is not >= 1)
            {
                throw new ArgumentException(
                    $"{nameof(voxels)} is {voxels?.ToString(CultureInfo.InvariantCulture) ?? "missing"}; {DiceReduction.Sum} is of means over space and "
                    + "needs their number, 1 or more.", nameof(voxels));
            }

            int background = includeBackground ? 0 : 1;
            if (weight is not null) CheckWeight(weight, background, classes);
            return new Focal
            {
                Weight = reduction == DiceReduction.Sum ? 1.0 / voxels!.Value : 1,
                Gamma = gamma,
                Alpha = alpha,
                ClassWeights = weight is null || includeBackground ? weight : ClassWeights.Create([0, .. weight]),
                IncludedClasses = includeBackground ? null : Foreground(classes ?? weight?.Count + 1),
            };
        }

        // All classes but the background; both are told apart by its place.
        private static ClassSet Foreground(int? classes)
        {
            int count = classes ?? throw new ArgumentException(
                $"{nameof(classes)} is missing; a focal loss without the background and without weights needs their number.", nameof(classes));
            ArgumentOutOfRangeException.ThrowIfLessThan(count, 2, nameof(classes));
            return ClassSet.Create([.. Enumerable.Range(1, count - 1)]);
        }

        // What is averaged over voxels has no loss per class.
        private static void CheckCompound(DiceReduction reduction, bool batch)
        {
            if (reduction is not (DiceReduction.Mean or DiceReduction.Sum) || (batch && reduction == DiceReduction.Sum))
            {
                throw new ArgumentOutOfRangeException(nameof(reduction), reduction,
                    $"{nameof(reduction)} is {reduction}; it is {DiceReduction.Mean}, or {DiceReduction.Sum} without {nameof(batch)}.");
            }
        }
    }
}
