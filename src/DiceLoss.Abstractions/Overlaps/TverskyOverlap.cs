using DiceLoss.Checks;

namespace DiceLoss;

/// <summary>
/// The Tversky index (I + a) / (I + alpha (P - I) + beta (T - I) + b). With alpha = beta = 1/2 it is the Dice score with twice the smoothing,
/// with alpha = beta = 1 the Jaccard index.
/// </summary>
/// <remarks>S. S. M. Salehi, D. Erdogmus, A. Gholipour, "Tversky loss function for image segmentation using 3D fully convolutional deep networks", MLMI 2017.</remarks>
public sealed record TverskyOverlap : Overlap
{
    /// <summary>Makes the overlap.</summary>
    /// <param name="alpha">The weight of false positives P - I, finite and not negative.</param>
    /// <param name="beta">The weight of false negatives T - I, finite and not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, infinite or NaN.</exception>
    public TverskyOverlap(double alpha, double beta) =>
        (Alpha, Beta) = (OptionValues.NotNegative(alpha, nameof(alpha)), OptionValues.NotNegative(beta, nameof(beta)));

    /// <summary>The weight of false positives.</summary>
    public double Alpha { get; }

    /// <summary>The weight of false negatives.</summary>
    public double Beta { get; }

    /// <inheritdoc/>
    public override OverlapValue Evaluate(in RegionSums sums, in Smoothing smoothing) => Ratio(
        numerator: sums.Intersection,
        denominator: sums.Intersection + (Alpha * (sums.PredictionMass - sums.Intersection)) + (Beta * (sums.LabelMass - sums.Intersection)),
        numeratorByIntersection: 1,
        denominatorByIntersection: 1 - Alpha - Beta,
        denominatorByPredictionMass: Alpha,
        smoothing);
}
