namespace DiceLoss;

/// <summary>The Dice score (2I + a) / (P + T + b).</summary>
/// <remarks>F. Milletari, N. Navab, S.-A. Ahmadi, "V-Net", 3DV 2016.</remarks>
public sealed record DiceOverlap : Overlap
{
    /// <inheritdoc/>
    public override OverlapValue Evaluate(in RegionSums sums, in Smoothing smoothing) => Ratio(
        numerator: 2 * sums.Intersection,
        denominator: sums.PredictionMass + sums.LabelMass,
        numeratorByIntersection: 2,
        denominatorByIntersection: 0,
        denominatorByPredictionMass: 1,
        smoothing);
}
