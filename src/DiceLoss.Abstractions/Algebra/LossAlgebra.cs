namespace DiceLoss.Algebra;

/// <summary>From sums to the loss and its derivatives: overlap, form, pooling, averages and reduction. K-sized, in double.</summary>
internal static class LossAlgebra
{
    /// <summary>Evaluates a loss.</summary>
    /// <param name="sums">Per sample.</param>
    /// <param name="options">What is computed.</param>
    /// <param name="lossType">What losses are rounded to.</param>
    /// <param name="annotated">(N, K), as in <see cref="DiceTargets.Annotated"/>; empty for all.</param>
    public static DiceResult Evaluate(DiceSums sums, DiceOptions options, ElementType lossType, ReadOnlySpan<bool> annotated)
    {
        bool pooled = options.Reduction == DiceReduction.Batch;
        DiceSums groups = pooled ? sums.Pooled(annotated) : sums;
        var ofSamples = new Annotation(annotated, sums.Classes);
        Annotation ofGroups = pooled ? ofSamples.Anywhere() : ofSamples;
        int classes = sums.Classes, groupCount = (int)groups.Samples;

        int lossesPerGroup = options.Reduction == DiceReduction.PerClass ? classes : 1;
        double[] losses = new double[groupCount * lossesPerGroup];
        var coefficients = new DiceCoefficients(groupCount, classes);
        double share = options.OverlapWeight * ClassShares.OfSample(options, groupCount);

        for (int group = 0; group < groupCount; group++)
        {
            Span<double> a = coefficients.Row(SumTerm.Intersection, group), b = coefficients.Row(SumTerm.PredictionMass, group);
            Span<double> ofGroup = losses.AsSpan(group * lossesPerGroup, lossesPerGroup);
            Annotation known = ofGroups.OfSample(group);
            if (options.OverlapWeight == 0) continue; // the overlap may be infinite, and 0 times that is no number
            if (options.ClassPooling == ClassPooling.None) EvaluateClasses(groups, group, options, known, share, ofGroup, a, b);
            else EvaluatePool(groups, group, options, known, share, ofGroup, a, b);

            // Where a class has no voxel the factor of its targets meets none; it may be beyond float32, and infinity times 0 is no number.
            for (int k = 0; k < classes; k++)
            {
                if (groups[SumTerm.LabelMass, group][k].Value == 0) a[k] = 0;
            }

            // A loss that is not a number has no gradient either, in any class: nothing may look sound in a sample that is not.
            if (!ofGroup.Contains(double.NaN)) continue; // it asks Equals, to which NaN is NaN
            a.Fill(double.NaN);
            b.Fill(double.NaN);
        }

        double[] reduced = Reduce(losses, options.Reduction);
        foreach (ref double loss in reduced.AsSpan()) loss *= options.OverlapWeight;
        if (options.VoxelTerm != VoxelTerm.None) VoxelTermAlgebra.Add(sums, ofSamples, groups, ofGroups, options, reduced, coefficients);
        if (pooled && !annotated.IsEmpty) coefficients = coefficients.Where(annotated);
        return new DiceResult(Rounded(reduced, lossType), lossType, options, sums, coefficients, annotated.ToArray());
    }

    // A score per class, and the losses added up, or kept apart where there is room for each.
    private static void EvaluateClasses(
        DiceSums sums,
        int group,
        DiceOptions options,
        Annotation annotated,
        double share,
        Span<double> losses,
        Span<double> byIntersection,
        Span<double> byPredictionMass)
    {
        var shares = new ClassShares(options, sums.Classes, sums[SumTerm.LabelMass, group], annotated);
        for (int k = 0; k < sums.Classes; k++)
        {
            double ofClass = shares[k];
            RegionSums region = Region(sums, group, k);
            if (ofClass == 0 && !double.IsNaN(region.PredictionMass)) continue; // NaN is heard of even in a class that has no loss: its gradient is NaN
            (double loss, double byI, double byP) = Evaluate(region, options, options.ClassGammas?[k] ?? options.Gamma);
            losses[losses.Length == 1 ? 0 : k] += (ofClass == 0 ? 0 : shares.Weight(k)) * loss;
            byIntersection[k] = share * ofClass * byI;
            byPredictionMass[k] = share * ofClass * byP;
        }

        // Divided once: the average of losses up to 1 is no more than that, to the last bit.
        for (int i = 0; i < losses.Length && shares.Divisor > 0; i++) losses[i] /= shares.Divisor;
    }

    // One score over all classes.
    private static void EvaluatePool(
        DiceSums sums,
        int group,
        DiceOptions options,
        Annotation annotated,
        double share,
        Span<double> losses,
        Span<double> byIntersection,
        Span<double> byPredictionMass)
    {
        var weights = new PoolWeights(options, sums[SumTerm.LabelMass, group], annotated);
        RegionSums pool = default;
        bool hasClasses = false;
        for (int k = 0; k < sums.Classes; k++)
        {
            if (!weights.Includes(k) && !double.IsNaN(sums[SumTerm.PredictionMass, group][k].Value)) continue;
            hasClasses = true;
            pool = pool.Plus(weights[k], Region(sums, group, k));
        }

        bool isAbsent = pool.LabelMass == 0 && options.AbsentClasses != AbsentClasses.AsDefined;
        if (!hasClasses || (isAbsent && !double.IsNaN(pool.PredictionMass))) return;
        (losses[0], double byI, double byP) = Evaluate(pool, options, options.Gamma);
        for (int k = 0; k < sums.Classes; k++)
        {
            byIntersection[k] = share * weights[k] * byI;
            byPredictionMass[k] = share * weights[k] * byP;
        }
    }

    private static (double Loss, double ByIntersection, double ByPredictionMass) Evaluate(in RegionSums region, DiceOptions options, double gamma)
    {
        var smoothing = new Smoothing(
            options.SmoothNumerator ?? options.Smooth, options.SmoothDenominator ?? options.Smooth, options.MinDenominator);
        OverlapValue overlap = options.Overlap.Evaluate(region, smoothing);
        (double loss, double byScore) = LossForms.Evaluate(options, gamma, overlap.Score);
        return (loss, byScore * overlap.ByIntersection, byScore * overlap.ByPredictionMass);
    }

    private static RegionSums Region(DiceSums sums, int group, int k) => new(
        sums[SumTerm.Intersection, group][k].Value,
        sums[SumTerm.PredictionMass, group][k].Value,
        sums[SumTerm.LabelMass, group][k].Value,
        sums[SumTerm.VoxelMass, group][k].Value);

    private static double[] Reduce(double[] losses, DiceReduction reduction) => reduction switch
    {
        DiceReduction.None or DiceReduction.PerClass => losses,
        DiceReduction.Mean => [losses.Sum() / losses.Length],
        _ => [losses.Sum()],
    };

    private static double[] Rounded(double[] losses, ElementType type)
    {
        for (int i = 0; type == ElementType.Float32 && i < losses.Length; i++) losses[i] = (float)losses[i];
        return losses;
    }
}
