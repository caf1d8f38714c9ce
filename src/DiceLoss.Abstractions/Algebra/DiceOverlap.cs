namespace DiceLoss.Algebra;

/// <summary>The Dice loss of one class: 1 - (2I + a) / (P + T + b).</summary>
internal static class DiceOverlap
{
    /// <summary>Evaluates loss and derivatives.</summary>
    /// <param name="intersection">I.</param>
    /// <param name="predictionMass">P.</param>
    /// <param name="labelMass">T.</param>
    /// <param name="smoothNumerator">a.</param>
    /// <param name="smoothDenominator">b.</param>
    /// <returns>All 0 when the denominator is 0: then nothing is there to be found and nothing was.</returns>
    public static OverlapValue Evaluate(
        double intersection, double predictionMass, double labelMass, double smoothNumerator, double smoothDenominator)
    {
        double numerator = (2 * intersection) + smoothNumerator;
        double denominator = predictionMass + labelMass + smoothDenominator;
        if (denominator == 0) return default;

        double score = numerator / denominator;
        return new OverlapValue(1 - score, -2 / denominator, score / denominator);
    }
}
