namespace DiceLoss;

/// <summary>The score of a region and its derivatives with respect to two of the region's sums.</summary>
/// <param name="Score">The score: 1 where prediction and labels agree.</param>
/// <param name="ByIntersection">Its derivative with respect to I.</param>
/// <param name="ByPredictionMass">Its derivative with respect to P.</param>
public readonly record struct OverlapValue(double Score, double ByIntersection, double ByPredictionMass)
{
    /// <summary>
    /// The value of a region in which there was nothing to find and nothing was found, or everything was to be found and was: a score of 1 with derivatives 0.
    /// </summary>
    public static OverlapValue Nothing { get; } = new(1, 0, 0);
}
