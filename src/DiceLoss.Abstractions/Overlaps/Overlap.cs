namespace DiceLoss;

/// <summary>
/// How far prediction and labels of a region overlap, as a function of the region's sums: the only thing that tells one overlap loss
/// from another. Immutable, equal by value.
/// </summary>
/// <remarks>
/// To add one: a record beside these that derives from this class, with its score and the derivatives of the score by I and P in
/// <see cref="Evaluate"/>. Most are ratios of sums, which <see cref="Ratio"/> differentiates. No kernel and no provider changes, and it
/// works with every option. A test compares the derivatives of every overlap with central differences.
/// </remarks>
public abstract record Overlap
{
    /// <summary>The Dice score, the default.</summary>
    public static Overlap Dice { get; } = new DiceOverlap();

    /// <summary>The Jaccard index, also intersection over union.</summary>
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
    /// <param name="sums">The region.</param>
    /// <param name="smoothing">What the options add.</param>
    /// <returns>The score and its derivatives; <see cref="OverlapValue.Nothing"/> where the score is 0/0.</returns>
    public abstract OverlapValue Evaluate(in RegionSums sums, in Smoothing smoothing);

    /// <summary>A score (n + a) / (d + b) with its derivatives, n and d being linear in the sums.</summary>
    /// <param name="numerator">n.</param>
    /// <param name="denominator">d.</param>
    /// <param name="numeratorByIntersection">The derivative of n by I; that by P is 0.</param>
    /// <param name="denominatorByIntersection">The derivative of d by I.</param>
    /// <param name="denominatorByPredictionMass">The derivative of d by P.</param>
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
