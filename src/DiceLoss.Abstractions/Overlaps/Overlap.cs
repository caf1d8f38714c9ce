namespace DiceLoss;

/// <summary>
/// How far prediction and labels of a region overlap, as a function of the region's sums: the only thing in which overlap losses differ.
/// Immutable, equal by value.
/// </summary>
/// <remarks>
/// To add one, derive a record from this class that returns its score, and the derivatives of the score with respect to I and P, from
/// <see cref="Evaluate"/>. Most are ratios of sums, which <see cref="Ratio"/> differentiates. No kernel and no provider changes, and every
/// option applies to it: smoothing as far as it uses that. A test compares the derivatives of every overlap with central differences.
/// </remarks>
public abstract record Overlap
{
    /// <summary>The Dice score, the default.</summary>
    public static Overlap Dice { get; } = new DiceOverlap();

    /// <summary>The Jaccard index, also called intersection over union.</summary>
    public static Overlap Jaccard { get; } = new JaccardOverlap();

    /// <summary>The Matthews correlation.</summary>
    public static Overlap Matthews { get; } = new MatthewsOverlap();

    /// <summary>The Tversky index.</summary>
    /// <param name="alpha">The weight of false positives, finite and not negative.</param>
    /// <param name="beta">The weight of false negatives, finite and not negative.</param>
    /// <returns>The overlap.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, infinite or NaN.</exception>
    public static Overlap Tversky(double alpha, double beta) => new TverskyOverlap(alpha, beta);

    /// <summary>Evaluates the score.</summary>
    /// <param name="sums">The sums of the region.</param>
    /// <param name="smoothing">The smoothing of the options.</param>
    /// <returns>The score and its derivatives; <see cref="OverlapValue.Nothing"/> where the score is 0/0.</returns>
    public abstract OverlapValue Evaluate(in RegionSums sums, in Smoothing smoothing);

    /// <summary>Computes a score (n + a) / (d + b) and its derivatives, for n and d that are linear in the sums.</summary>
    /// <param name="numerator">n.</param>
    /// <param name="denominator">d.</param>
    /// <param name="numeratorByIntersection">The derivative of n with respect to I; that with respect to P is 0.</param>
    /// <param name="denominatorByIntersection">The derivative of d with respect to I.</param>
    /// <param name="denominatorByPredictionMass">The derivative of d with respect to P.</param>
    /// <param name="smoothing">a, b and the least denominator.</param>
    /// <returns>The score and its derivatives; <see cref="OverlapValue.Nothing"/> where the denominator is 0.</returns>
    protected static OverlapValue Ratio(
        double numerator,
        double denominator,
        double numeratorByIntersection,
        double denominatorByIntersection,
        double denominatorByPredictionMass,
        in Smoothing smoothing)
    {
        denominator += smoothing.Denominator;
        bool isConstant = smoothing.MinDenominator > 0 && denominator < smoothing.MinDenominator; // without a bound it may be negative, where predictions are
        if (isConstant) denominator = smoothing.MinDenominator;
        if (denominator == 0) return OverlapValue.Nothing;

        double score = (numerator + smoothing.Numerator) / denominator;
        if (isConstant) return new OverlapValue(score, numeratorByIntersection / denominator, 0);
        return new OverlapValue(
            score,
            (numeratorByIntersection - (score * denominatorByIntersection)) / denominator,
            -score * denominatorByPredictionMass / denominator);
    }
}
