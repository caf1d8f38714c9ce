namespace DiceLoss;

/// <summary>The Jaccard index (I + a) / (P + T - I + b): intersection over union.</summary>
/// <remarks>M. A. Rahman, Y. Wang, "Optimizing intersection-over-union in deep neural networks for image segmentation", ISVC 2016.</remarks>
public sealed record JaccardOverlap : Overlap
{
    /// <inheritdoc/>
    public override OverlapValue Evaluate(in RegionSums sums, in Smoothing smoothing) => Ratio(
        numerator: sums.Intersection,
        denominator: sums.PredictionMass + sums.LabelMass - sums.Intersection,
        numeratorByIntersection: 1,
        denominatorByIntersection: -1,
        denominatorByPredictionMass: 1,
        smoothing);
}
