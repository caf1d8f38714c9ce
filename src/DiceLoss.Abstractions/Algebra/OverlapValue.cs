namespace DiceLoss.Algebra;

/// <summary>The loss of one class and its derivatives by two of the class's sums.</summary>
/// <param name="Loss">The loss.</param>
/// <param name="ByIntersection">Its derivative by I.</param>
/// <param name="ByPredictionMass">Its derivative by P.</param>
internal readonly record struct OverlapValue(double Loss, double ByIntersection, double ByPredictionMass);
