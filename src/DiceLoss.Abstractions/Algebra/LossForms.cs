namespace DiceLoss.Algebra;

/// <summary>From the score of a region to its loss.</summary>
internal static class LossForms
{
    /// <summary>The loss and its derivative by the score.</summary>
    public static (double Loss, double ByScore) Evaluate(DiceOptions options, double gamma, double score)
    {
        switch (options.Form)
        {
            case LossForm.Negative:
                return (-score, -1);
            case LossForm.NegativeLogarithm:
                return score <= options.MinScore ? (-Math.Log(options.MinScore), 0) : (-Math.Log(score), -1 / score);
            case LossForm.LogCosh:
                double distance = Math.Abs(1 - score);
                return (Math.Max(0, distance + Math.Log((1 + Math.Exp(-2 * distance)) / 2)), -Math.Tanh(1 - score)); // cosh would overflow; a rounding may be negative
            default:
                double loss = 1 - score;
                if (gamma == 1) return (loss, -1);
                return loss <= 0 ? (0, 0) : (Math.Pow(loss, gamma), -gamma * Math.Pow(loss, gamma - 1));
        }
    }
}
