namespace DiceLoss.TorchSharp.Tests;

/// <summary>The sums that overlap losses are made of, (N, K), or (1, K) pooled over the batch.</summary>
internal sealed record PlainSums(Tensor Intersection, Tensor PredictionMass, Tensor LabelMass)
{
    /// <summary>False positives, for exponent 1.</summary>
    public Tensor FalsePositives => PredictionMass - Intersection;

    /// <summary>False negatives.</summary>
    public Tensor FalseNegatives => LabelMass - Intersection;

    /// <summary>The sums in float64; they lead back to the logits.</summary>
    public static PlainSums Of(Tensor logits, Tensor labels, DiceOptions options)
    {
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

        var sums = new PlainSums((p * t).sum([2L]), (p.pow(options.Exponent) * counts).sum([2L]), t.sum([2L]));
        return options.Reduction != DiceReduction.Batch ? sums : new PlainSums(
            sums.Intersection.sum([0L], keepdim: true), sums.PredictionMass.sum([0L], keepdim: true), sums.LabelMass.sum([0L], keepdim: true));
    }
}
