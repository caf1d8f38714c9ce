namespace DiceLoss;

public static partial class DicePresets
{
    /// <summary>The losses of MONAI (Project-MONAI/MONAI), as of d388d1c (2025-06-13); ignored labels as of ed13e76 (2026).</summary>
    /// <remarks>
    /// MONAI drops class 0 from the unreduced result when the background is left out; ours keeps its place, filled with 0. With one
    /// channel MONAI ignores softmax and a background that is left out, and warns: leave <c>includeBackground</c> true there and choose
    /// <see cref="Activation.Sigmoid"/> or <see cref="Activation.None"/>. Soft labels are not reproduced.
    /// </remarks>
    public static class Monai
    {
        /// <summary>
        /// DiceLoss: per sample and class 1 - (2I + smoothNr) / (P + T + smoothDr), or with <paramref name="jaccard"/>
        /// 1 - (2I + smoothNr) / (2 (P + T - I) + smoothDr). Also MaskedDiceLoss as it is since 2026, after the activation: give masked
        /// voxels the ignored label.
        /// </summary>
        /// <param name="includeBackground">Whether class 0 has a loss. Leave it true for one channel.</param>
        /// <param name="activation">How logits become probabilities: none, sigmoid or softmax. By default none, as in MONAI.</param>
        /// <param name="squaredPred">Whether P is the sum of p^2.</param>
        /// <param name="jaccard">Whether to compare by the Jaccard index.</param>
        /// <param name="reduction">
        /// <see cref="DiceReduction.Mean"/> over samples and classes, <see cref="DiceReduction.Sum"/> over both, or
        /// <see cref="DiceReduction.None"/>: a loss per sample and class, (N, K) where MONAI has (N, K, 1, ...).
        /// </param>
        /// <param name="smoothNr">Added to the numerator; finite and not negative.</param>
        /// <param name="smoothDr">Added to the denominator; finite and not negative.</param>
        /// <param name="batch">Whether the sums of the samples are added up first. Not with <see cref="DiceReduction.None"/>.</param>
        /// <param name="weight">
        /// One factor for the loss of each class, without one for the background where that is left out; two or more, finite and not
        /// negative. The mean is divided by the number of classes, not by the sum of the weights. One number alone MONAI applies to all
        /// classes, or to none if there is only one: multiply the loss instead.
        /// </param>
        /// <param name="ignoreIndex">The label of voxels that count nowhere; <see langword="null"/> for none.</param>
        /// <param name="classes">The number of channels; needed for <see cref="DiceReduction.Sum"/> without weights.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is none of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The arguments do not fit each other, or cannot be reproduced together.</exception>
        /// <remarks>
        /// The MaskedDiceLoss of 2025 masks logits before the activation; that is not reproduced. The one of 2026, where it makes the one-hot
        /// target itself, counts masked voxels as background labels: it is reproduced with the background left out.
        /// </remarks>
        public static DiceOptions Dice(
            bool includeBackground = true,
            Activation activation = Activation.None,
            bool squaredPred = false,
            bool jaccard = false,
            DiceReduction reduction = DiceReduction.Mean,
            double smoothNr = 1e-5,
            double smoothDr = 1e-5,
            bool batch = false,
            ClassWeights? weight = null,
            long? ignoreIndex = null,
            int? classes = null)
        {
            // The Jaccard index of the sums is half of both sides, and so is its smoothing.
            double half = jaccard ? 0.5 : 1;
            var options = new DiceOptions
            {
                Activation = PerChannel(activation, nameof(activation)),
                Overlap = jaccard ? Overlap.Jaccard : Overlap.Dice,
                Exponent = squaredPred ? 2 : 1,
                SmoothNumerator = half * smoothNr,
                SmoothDenominator = half * smoothDr,
            };
            return PerClass(options, includeBackground, reduction, batch, weight, classes).WithIgnoredLabel(ignoreIndex);
        }

        /// <summary>
        /// GeneralizedDiceLoss: per sample 1 - (2 sum_k w_k I_k + smoothNr) / (sum_k w_k (P_k + T_k) + smoothDr), with w_k a power of the
        /// class volume.
        /// </summary>
        /// <param name="includeBackground">Whether class 0 is part of the sums. Leave it true for one channel.</param>
        /// <param name="activation">How logits become probabilities: none, sigmoid or softmax. By default none, as in MONAI.</param>
        /// <param name="wType">
        /// The weights: <see cref="ClassPooling.InverseSquaredLabelMass"/> is MONAI's "square", <see cref="ClassPooling.InverseLabelMass"/>
        /// "simple", <see cref="ClassPooling.Uniform"/> "uniform".
        /// </param>
        /// <param name="reduction">
        /// <see cref="DiceReduction.Mean"/> or <see cref="DiceReduction.Sum"/> over the samples, or <see cref="DiceReduction.None"/>: a loss
        /// per sample, (N) where MONAI has (N, 1).
        /// </param>
        /// <param name="smoothNr">Added to the numerator; finite and not negative.</param>
        /// <param name="smoothDr">Added to the denominator; finite and not negative.</param>
        /// <param name="batch">Whether the sums of the samples are added up first: one loss, for any reduction.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is none of the accepted values; the message names them.</exception>
        public static DiceOptions GeneralizedDice(
            bool includeBackground = true,
            Activation activation = Activation.None,
            ClassPooling wType = ClassPooling.InverseSquaredLabelMass,
            DiceReduction reduction = DiceReduction.Mean,
            double smoothNr = 1e-5,
            double smoothDr = 1e-5,
            bool batch = false)
        {
            if (wType is not (ClassPooling.Uniform or ClassPooling.InverseLabelMass or ClassPooling.InverseSquaredLabelMass))
            {
                throw new ArgumentOutOfRangeException(nameof(wType), wType,
                    $"{nameof(wType)} is {wType}; it is one of {ClassPooling.InverseSquaredLabelMass} (square), "
                    + $"{ClassPooling.InverseLabelMass} (simple), {ClassPooling.Uniform} (uniform).");
            }

            Check(reduction);
            return new DiceOptions
            {
                Activation = PerChannel(activation, nameof(activation)),
                ClassPooling = wType,
                SmoothNumerator = smoothNr,
                SmoothDenominator = smoothDr,
                Reduction = batch ? DiceReduction.Batch : reduction,
            }.WithoutBackground(!includeBackground);
        }

        /// <summary>
        /// TverskyLoss: per sample and class 1 - (I + smoothNr) / (I + alpha (P - I) + beta (T - I) + smoothDr).
        /// </summary>
        /// <param name="includeBackground">Whether class 0 has a loss. Leave it true for one channel.</param>
        /// <param name="activation">How logits become probabilities: none, sigmoid or softmax. By default none, as in MONAI.</param>
        /// <param name="alpha">The weight of false positives; finite and not negative.</param>
        /// <param name="beta">The weight of false negatives; finite and not negative.</param>
        /// <param name="reduction">
        /// <see cref="DiceReduction.Mean"/> over samples and classes, <see cref="DiceReduction.Sum"/> over both, or
        /// <see cref="DiceReduction.None"/>: a loss per sample and class, (N, K).
        /// </param>
        /// <param name="smoothNr">Added to the numerator; finite and not negative.</param>
        /// <param name="smoothDr">Added to the denominator; finite and not negative.</param>
        /// <param name="batch">Whether the sums of the samples are added up first. Not with <see cref="DiceReduction.None"/>.</param>
        /// <param name="classes">The number of channels; needed for <see cref="DiceReduction.Sum"/>.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is none of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The arguments do not fit each other, or cannot be reproduced together.</exception>
        public static DiceOptions Tversky(
            bool includeBackground = true,
            Activation activation = Activation.None,
            double alpha = 0.5,
            double beta = 0.5,
            DiceReduction reduction = DiceReduction.Mean,
            double smoothNr = 1e-5,
            double smoothDr = 1e-5,
            bool batch = false,
            int? classes = null)
        {
            var options = new DiceOptions
            {
                Activation = PerChannel(activation, nameof(activation)),
                Overlap = Overlap.Tversky(alpha, beta),
                SmoothNumerator = smoothNr,
                SmoothDenominator = smoothDr,
            };
            return PerClass(options, includeBackground, reduction, batch, weight: null, classes);
        }

        /// <summary>
        /// DiceCELoss: lambdaDice * DiceLoss + lambdaCe * cross-entropy. With several channels both see the softmax; with one channel, which
        /// is a foreground, the sigmoid, and cross-entropy is binary.
        /// </summary>
        /// <param name="channels">The number of channels, 1 or more.</param>
        /// <param name="includeBackground">Whether class 0 has a Dice loss. Cross-entropy knows it. Without effect for one channel.</param>
        /// <param name="squaredPred">Whether P is the sum of p^2.</param>
        /// <param name="jaccard">Whether to compare by the Jaccard index.</param>
        /// <param name="reduction"><see cref="DiceReduction.Mean"/> or <see cref="DiceReduction.Sum"/>.</param>
        /// <param name="smoothNr">Added to the numerator; finite and not negative.</param>
        /// <param name="smoothDr">Added to the denominator; finite and not negative.</param>
        /// <param name="batch">Whether the sums of the samples are added up first. With <see cref="DiceReduction.Mean"/>.</param>
        /// <param name="weight">
        /// One factor for each class, finite and not negative: of cross-entropy, and of the Dice losses (those that there are). Not for one
        /// channel.
        /// </param>
        /// <param name="positiveWeight">For one channel, where MONAI has it as <c>weight</c>: the weight of the foreground in cross-entropy.</param>
        /// <param name="lambdaDice">What the Dice loss counts, finite and not negative.</param>
        /// <param name="lambdaCe">What cross-entropy counts, finite and not negative.</param>
        /// <param name="labelSmoothing">Of cross-entropy, from 0 to 1. Not for one channel.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is none of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The arguments do not fit each other, or cannot be reproduced together.</exception>
        /// <remarks>
        /// Cross-entropy is that of labels: where MONAI is given a one-hot target, it divides by the number of voxels instead of the summed
        /// weights, which differs as soon as there are weights.
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
            if (reduction is not (DiceReduction.Mean or DiceReduction.Sum) || (batch && reduction == DiceReduction.Sum))
            {
                throw new ArgumentOutOfRangeException(nameof(reduction), reduction,
                    $"{nameof(reduction)} is {reduction}; it is {DiceReduction.Mean}, or {DiceReduction.Sum} without {nameof(batch)}.");
            }

            bool isBinary = channels == 1;
            if (isBinary ? weight is not null || labelSmoothing != 0 : positiveWeight is not null)
            {
                throw new ArgumentException(
                    $"There are {channels} channel(s): one has a {nameof(positiveWeight)}, several a {nameof(weight)} and {nameof(labelSmoothing)}.",
                    isBinary ? nameof(weight) : nameof(positiveWeight));
            }

            ClassWeights? ofDice = weight is null || includeBackground ? weight : ClassWeights.Create([.. weight.Skip(1)]);
            DiceOptions dice = Dice(
                includeBackground || isBinary, isBinary ? Activation.Sigmoid : Activation.Softmax, squaredPred, jaccard, reduction, smoothNr, smoothDr,
                batch, ofDice, ignoreIndex: null, channels);
            if (isBinary)
            {
                // The foreground as the second of two classes, of which the first has no Dice loss.
                dice = dice.WithoutBackground(true) with
                {
                    Activation = Activation.TwoClassSigmoid,
                    ClassWeights = reduction == DiceReduction.Sum ? [0, 1] : null,
                };
            }

            return dice with
            {
                OverlapWeight = lambdaDice,
                CrossEntropy = new CrossEntropy
                {
                    Weight = lambdaCe,
                    ClassWeights = weight,
                    LabelSmoothing = labelSmoothing,
                    PositiveWeight = isBinary ? positiveWeight ?? 1 : null,
                },
            };
        }

        // The reductions of losses per class: MONAI's mean and sum go over samples and classes alike.
        private static DiceOptions PerClass(
            DiceOptions options, bool includeBackground, DiceReduction reduction, bool batch, ClassWeights? weight, int? classes)
        {
            Check(reduction);
            if (batch && reduction == DiceReduction.None)
            {
                throw new ArgumentException(
                    $"{nameof(reduction)} is {reduction} and {nameof(batch)} is true: a loss per class of the whole batch is not offered; "
                    + $"take {DiceReduction.Mean} or {DiceReduction.Sum}.", nameof(reduction));
            }

            int background = includeBackground ? 0 : 1;
            if (classes <= background)
            {
                throw new ArgumentOutOfRangeException(nameof(classes), classes,
                    $"{nameof(classes)} is {classes}; with {nameof(includeBackground)} {(includeBackground ? "true" : "false")} "
                    + $"it is {background + 1} or more.");
            }

            if (weight is not null) CheckWeight(weight, background, classes);
            double[]? weights = (weight, reduction) switch
            {
                (not null, DiceReduction.Mean) => [.. weight.Select(w => w / weight.Count)],
                (not null, _) => [.. weight],
                (null, DiceReduction.Sum) => [.. Enumerable.Repeat(1.0, Known(classes) - background)],
                _ => null,
            };

            // A place for the background, which has no loss.
            if (weights is not null && !includeBackground) weights = [0, .. weights];
            return options.WithoutBackground(!includeBackground) with
            {
                ClassWeights = weights is null ? null : ClassWeights.Create(weights),
                Reduction = batch ? DiceReduction.Batch : reduction == DiceReduction.None ? DiceReduction.PerClass : reduction,
            };
        }

        private static void Check(DiceReduction reduction)
        {
            if (reduction is not (DiceReduction.Mean or DiceReduction.Sum or DiceReduction.None))
            {
                throw new ArgumentOutOfRangeException(nameof(reduction), reduction,
                    $"{nameof(reduction)} is {reduction}; it is one of {DiceReduction.Mean}, {DiceReduction.Sum}, {DiceReduction.None}.");
            }
        }

        private static void CheckWeight(ClassWeights weight, int background, int? classes)
        {
            if (weight.Count < 2)
            {
                throw new ArgumentException(
                    $"{nameof(weight)} has {weight.Count} number(s); it has one for each class, two or more. Multiply the loss by a single one.",
                    nameof(weight));
            }

            if (classes is not null && weight.Count != classes - background)
            {
                throw new ArgumentException(
                    $"{nameof(weight)} has {weight.Count} numbers; with {classes} classes it has {classes - background}, "
                    + $"{(background == 0 ? "the background included" : "without the background")}.", nameof(weight));
            }
        }

        private static int Known(int? classes) => classes ?? throw new ArgumentException(
            $"{nameof(classes)} is missing; {DiceReduction.Sum} over classes without weights needs their number.", nameof(classes));
    }
}
