namespace DiceLoss;

/// <summary>The score of a region and its derivatives by two of the region's sums.</summary>
/// <param name="Score">The score: 1 where prediction and labels agree.</param>
/// <param name="ByIntersection">Its derivative by I.</param>
/// <param name="ByPredictionMass">Its derivative by P.</param>
public readonly record struct OverlapValue(double Score, double ByIntersection, double ByPredictionMass)
{
    /// <summary>The value of a region in which nothing is to be found and nothing was, or everything and everything: a score of 1 that nothing changes.</summary>
    public static OverlapValue Nothing { get; } = new(1, 0, 0);
}
