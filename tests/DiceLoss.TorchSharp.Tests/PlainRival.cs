namespace DiceLoss.TorchSharp.Tests;

/// <summary>The loss as one writes it with tensor operations: softmax, one-hot mask, sums. libtorch derives the gradient.</summary>
internal static class PlainRival
{
    /// <summary>The loss in float64; it leads back to the logits.</summary>
    public static Tensor Loss(Tensor logits, Tensor labels, DiceOptions options)
    {
        using var scope = NewDisposeScope();
        long samples = logits.shape[0], channels = logits.shape[1];
        Tensor x = logits.to(ScalarType.Float64).flatten(1).reshape(samples, channels, -1);
        Tensor y = labels.reshape(samples, -1).to(ScalarType.Int64);
        bool twoClass = channels == 1 && options.Activation is Activation.Auto or Activation.TwoClassSigmoid;

        Tensor p = options.Activation switch
        {
            _ when twoClass => cat([(-x).sigmoid(), x.sigmoid()], 1),
            Activation.Sigmoid => x.sigmoid(),
            Activation.None => x,
            _ => nn.functional.softmax(x, 1),
        };
        long classes = p.shape[1], extra = channels == 1 && !twoClass ? 1 : 0;
        Tensor counts = (y != options.IgnoreLabel).unsqueeze(1).to(ScalarType.Float64);
        Tensor t = nn.functional.one_hot(where(y != options.IgnoreLabel, y, zeros_like(y)), classes + extra).transpose(1, 2).to(ScalarType.Float64);
        t = t.narrow(1, extra, classes) * counts;

        Tensor intersection = (p * t).sum([2L]), predictionMass = (p.pow(options.Exponent) * counts).sum([2L]), labelMass = t.sum([2L]);
        if (options.Reduction == DiceReduction.Batch)
        {
            (intersection, predictionMass, labelMass) =
                (intersection.sum([0L], keepdim: true), predictionMass.sum([0L], keepdim: true), labelMass.sum([0L], keepdim: true));
        }

        Tensor numerator = (2 * intersection) + (options.SmoothNumerator ?? options.Smooth);
        Tensor denominator = predictionMass + labelMass + (options.SmoothDenominator ?? options.Smooth);
        Tensor loss = where(denominator == 0, zeros_like(denominator), 1 - (numerator / where(denominator == 0, ones_like(denominator), denominator)));

        bool ignores = options.IgnoreChannel >= 0 && options.IgnoreChannel < classes;
        double[] weights = options.ClassWeights is { } given
            ? [.. given]
            : [.. Enumerable.Repeat(1.0 / (ignores && options.ClassAverage == ClassAverage.Included ? classes - 1 : classes), (int)classes)];
        if (ignores) weights[options.IgnoreChannel] = 0;
        Tensor perSample = (loss * tensor(weights)).sum([1L]);
        return (options.Reduction switch
        {
            DiceReduction.None => perSample,
            DiceReduction.Mean => perSample.mean(),
            _ => perSample.sum(),
        }).MoveToOuterDisposeScope();
    }
}
