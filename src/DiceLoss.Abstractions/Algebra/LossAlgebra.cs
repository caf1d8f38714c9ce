namespace DiceLoss.Algebra;

/// <summary>From sums to the loss and its derivatives: pooling, class weights, ignored channel and reduction. K-sized, in double.</summary>
internal static class LossAlgebra
{
    public static DiceResult Evaluate(DiceSums sums, DiceOptions options, ElementType lossType)
    {
        bool pooled = options.Reduction == DiceReduction.Batch;
        DiceSums groups = pooled ? sums.Pooled() : sums;
        int classes = sums.Classes;

        double[] losses = new double[groups.Samples];
        double[] byIntersection = new double[groups.Samples * classes];
        double[] byPredictionMass = new double[groups.Samples * classes];
        double share = ClassShares.OfResult(options, groups.Samples);

        for (int group = 0; group < losses.Length; group++)
        {
            losses[group] = EvaluateGroup(
                groups, group, options, share, byIntersection.AsSpan(group * classes, classes), byPredictionMass.AsSpan(group * classes, classes));
        }

        var coefficients = new DiceCoefficients(classes, byIntersection, byPredictionMass, shared: pooled);
        return new DiceResult(Rounded(Reduce(losses, options.Reduction), lossType), lossType, options, sums, coefficients);
    }

    // The loss of one sample (or of the pooled batch), and its share of the derivatives of the reduced loss.
    private static double EvaluateGroup(
        DiceSums sums, int group, DiceOptions options, double share, Span<double> byIntersection, Span<double> byPredictionMass)
    {
        ReadOnlySpan<CompensatedSum> intersection = sums[SumTerm.Intersection, group];
        ReadOnlySpan<CompensatedSum> predictionMass = sums[SumTerm.PredictionMass, group];
        ReadOnlySpan<CompensatedSum> labelMass = sums[SumTerm.LabelMass, group];
        double smoothNumerator = options.SmoothNumerator ?? options.Smooth;
        double smoothDenominator = options.SmoothDenominator ?? options.Smooth;

        double loss = 0;
        for (int k = 0; k < sums.Classes; k++)
        {
            if (k == options.IgnoreChannel) continue;
            OverlapValue value = DiceOverlap.Evaluate(
                intersection[k].Value, predictionMass[k].Value, labelMass[k].Value, smoothNumerator, smoothDenominator);
            double weight = ClassShares.OfClass(options, sums.Classes, k);
            loss += weight * value.Loss;
            byIntersection[k] = share * weight * value.ByIntersection;
            byPredictionMass[k] = share * weight * value.ByPredictionMass;
        }

        // A loss that is not a number has no gradient either, in any class: nothing may look sound in a sample that is not.
        if (double.IsNaN(loss))
        {
            byIntersection.Fill(double.NaN);
            byPredictionMass.Fill(double.NaN);
        }

        return loss;
    }

    private static double[] Reduce(double[] losses, DiceReduction reduction) => reduction switch
    {
        DiceReduction.None => losses,
        DiceReduction.Mean => [losses.Sum() / losses.Length],
        _ => [losses.Sum()],
    };

    private static double[] Rounded(double[] losses, ElementType type)
    {
        for (int i = 0; type == ElementType.Float32 && i < losses.Length; i++) losses[i] = (float)losses[i];
        return losses;
    }
}
