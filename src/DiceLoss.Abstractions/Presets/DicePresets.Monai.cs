namespace DiceLoss;

public static partial class DicePresets
{
    /// <summary>The losses of MONAI (Project-MONAI/MONAI), as of d388d1c (2025-06-13); ignored labels as of ed13e76 (2026).</summary>
    /// <remarks>
    /// MONAI drops class 0 from the unreduced result when the background is left out; here its place is kept and filled with 0. With one
    /// channel MONAI ignores softmax and a background that is left out, and warns: leave <c>includeBackground</c> true there and choose
    /// <see cref="Activation.Sigmoid"/> or <see cref="Activation.None"/>. MONAI's targets of one channel, which it makes one-hot, are
    /// labels here; targets with as many channels as the logits are maps, either masks or soft targets.
    /// </remarks>
    public static partial class Monai
    {
        /// <summary>
        /// DiceLoss: per sample and class 1 - (2I + smoothNr) / (P + T + smoothDr), or with <paramref name="jaccard"/>
        /// 1 - (2I + smoothNr) / (2 (P + T - I) + smoothDr).
        /// </summary>
        /// <param name="includeBackground">Whether class 0 has a loss. Leave it true for one channel.</param>
        /// <param name="activation">How logits become probabilities: none, sigmoid or softmax. By default none, as in MONAI.</param>
        /// <param name="squaredPred">Whether P is the sum of p^2 and T the sum of t^2.</param>
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
        /// negative. The mean divides by the number of classes, not by the sum of the weights. MONAI applies a single number to all
        /// classes, or to none if there is only one class: multiply the loss instead.
        /// </param>
        /// <param name="softLabel">
        /// For soft targets: whether I is the sum of the lesser of p and t, so that the loss is least where p = t. With
        /// <paramref name="squaredPred"/> it makes no difference, as in MONAI.
        /// </param>
        /// <param name="ignoreIndex">
        /// The label of voxels that count nowhere; <see langword="null"/> for none. It is reproduced for labels, not for maps.
        /// </param>
        /// <param name="classes">The number of channels; needed for <see cref="DiceReduction.Sum"/> without weights.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The arguments do not fit each other, or cannot be reproduced together.</exception>
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
            bool softLabel = false,
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
                Intersection = FormFor(softLabel && !squaredPred),
                SmoothNumerator = half * smoothNr,
                SmoothDenominator = half * smoothDr,
            };
            return PerClass(options, includeBackground, reduction, batch, weight, classes).WithIgnoredLabel(ignoreIndex);
        }

        /// <summary>
        /// MaskedDiceLoss as it has been since 2026, with the mask applied after the activation: <see cref="Dice"/> over the voxels of a mask.
        /// Pass the mask, of 0 and 1, as <see cref="DiceTargets.VoxelWeights"/>.
        /// </summary>
        /// <param name="includeBackground">Whether class 0 has a loss. Leave it true for one channel.</param>
        /// <param name="toOnehotY">
        /// Whether the targets are labels of several classes. MONAI masks them before it makes them one-hot, so that masked voxels are
        /// labelled as background: that equals the result here only if the background is left out. Leave it false for one channel.
        /// </param>
        /// <param name="activation">How logits become probabilities: none, sigmoid or softmax. By default none, as in MONAI.</param>
        /// <param name="squaredPred">As for <see cref="Dice"/>.</param>
        /// <param name="jaccard">Whether to compare by the Jaccard index.</param>
        /// <param name="reduction">As for <see cref="Dice"/>.</param>
        /// <param name="smoothNr">Added to the numerator; finite and not negative.</param>
        /// <param name="smoothDr">Added to the denominator; finite and not negative.</param>
        /// <param name="batch">Whether the sums of the samples are added up first. Not with <see cref="DiceReduction.None"/>.</param>
        /// <param name="weight">As for <see cref="Dice"/>.</param>
        /// <param name="softLabel">As for <see cref="Dice"/>.</param>
        /// <param name="classes">The number of channels; needed for <see cref="DiceReduction.Sum"/> without weights.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The arguments do not fit each other, or cannot be reproduced together.</exception>
        /// <remarks>
        /// Until 2025 MONAI masked the logits, before the activation; that is not reproduced. For labels with the background, add the
        /// number of masked voxels of each sample to the <see cref="SumTerm.LabelMass"/> of class 0, between
        /// <see cref="DiceLoss.Dice.Sums"/> and <see cref="DiceLoss.Dice.Evaluate"/>.
        /// </remarks>
        public static DiceOptions MaskedDice(
            bool includeBackground = true,
            bool toOnehotY = false,
            Activation activation = Activation.None,
            bool squaredPred = false,
            bool jaccard = false,
            DiceReduction reduction = DiceReduction.Mean,
            double smoothNr = 1e-5,
            double smoothDr = 1e-5,
            bool batch = false,
            ClassWeights? weight = null,
            bool softLabel = false,
            int? classes = null)
        {
            if (toOnehotY && includeBackground)
            {
                throw new ArgumentException(
                    $"{nameof(toOnehotY)} and {nameof(includeBackground)} are true: MONAI then labels masked voxels as background, which is not offered. "
                    + "Leave the background out, or give maps.", nameof(toOnehotY));
            }

            return Dice(
                includeBackground, activation, squaredPred, jaccard, reduction, smoothNr, smoothDr, batch, weight, softLabel, ignoreIndex: null, classes);
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
        /// <param name="batch">Whether the sums of the samples are added up first: then there is one loss, for any reduction.</param>
        /// <param name="softLabel">For soft targets: whether I is the sum of the lesser of p and t, so that the loss is least where p = t.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        public static DiceOptions GeneralizedDice(
            bool includeBackground = true,
            Activation activation = Activation.None,
            ClassPooling wType = ClassPooling.InverseSquaredLabelMass,
            DiceReduction reduction = DiceReduction.Mean,
            double smoothNr = 1e-5,
            double smoothDr = 1e-5,
            bool batch = false,
            bool softLabel = false)
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
                Intersection = FormFor(softLabel),
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
        /// <param name="softLabel">For soft targets: whether I is the sum of the lesser of p and t, so that the loss is least where p = t.</param>
        /// <param name="classes">The number of channels; needed for <see cref="DiceReduction.Sum"/>.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
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
            bool softLabel = false,
            int? classes = null)
        {
            var options = new DiceOptions
            {
                Activation = PerChannel(activation, nameof(activation)),
                Overlap = Overlap.Tversky(alpha, beta),
                Intersection = FormFor(softLabel),
                SmoothNumerator = smoothNr,
                SmoothDenominator = smoothDr,
            };
            return PerClass(options, includeBackground, reduction, batch, weight: null, classes);
        }

        private static IntersectionForm FormFor(bool soft) => soft ? IntersectionForm.Minimum : IntersectionForm.Product;

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
