namespace DiceLoss.TorchSharp.Tests;

/// <summary>Losses as one writes them with tensor operations: softmax, one-hot mask, sums. libtorch derives the gradient.</summary>
internal static class PlainRival
{
    /// <summary>The Dice loss in float64; it leads back to the logits.</summary>
    public static Tensor Loss(Tensor logits, Tensor labels, DiceOptions options) => Loss(logits, labels, options, (sums, _) =>
    {
        Tensor numerator = (2 * sums.Intersection) + (options.SmoothNumerator ?? options.Smooth);
        Tensor denominator = sums.PredictionMass + sums.LabelMass + (options.SmoothDenominator ?? options.Smooth);
        return where(denominator == 0, zeros_like(denominator), 1 - (numerator / where(denominator == 0, ones_like(denominator), denominator)));
    });

    /// <summary>A loss in float64.</summary>
    /// <param name="logits">(N, C, *spatial).</param>
    /// <param name="labels">(N, *spatial).</param>
    /// <param name="options">Weights, average, reduction, and what the sums depend on; the loss itself is not read from them.</param>
    /// <param name="lossOf">
    /// From the sums and the weight of each class, 0 for one that is left out, to a loss per class (N, K), which is yet to be weighted, or
    /// to one per sample (N).
    /// </param>
    public static Tensor Loss(Tensor logits, Tensor labels, DiceOptions options, Func<PlainSums, Tensor, Tensor> lossOf)
    {
        using var scope = NewDisposeScope();
        PlainSums sums = PlainSums.Of(logits, labels, options);
        long classes = sums.LabelMass.shape[1];
        bool ignores = options.IgnoreChannel >= 0 && options.IgnoreChannel < classes;
        double[] factors = options.ClassWeights is { } given ? [.. given] : [.. Enumerable.Repeat(1.0, (int)classes)];
        if (ignores) factors[options.IgnoreChannel] = 0;
        Tensor weights = tensor(factors);

        Tensor losses = lossOf(sums, weights);
        if (losses.dim() == 2)
        {
            losses *= weights;
            if (options.Reduction == DiceReduction.PerClass) return losses.MoveToOuterDisposeScope();
            long averaged = ignores && options.ClassAverage == ClassAverage.Included ? classes - 1 : classes;
            losses = losses.sum([1L]) / (options.ClassWeights is null ? averaged : 1);
        }

        return (options.Reduction switch
        {
            DiceReduction.None => losses,
            DiceReduction.Mean => losses.mean(),
            _ => losses.sum(),
        }).MoveToOuterDisposeScope();
    }
}
