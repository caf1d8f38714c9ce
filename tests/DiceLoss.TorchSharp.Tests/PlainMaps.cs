namespace DiceLoss.TorchSharp.Tests;

/// <summary>
/// Losses of maps, voxel weights and annotated classes in tensor operations, in float64; each is written from its definition, and leads
/// back to the logits.
/// </summary>
/// <param name="x">Logits (N, C, *spatial).</param>
/// <param name="y">Labels (N, *spatial) or maps (N, C, *spatial).</param>
/// <param name="options">What is computed.</param>
/// <param name="voxelWeights">(N, *spatial) or (1, *spatial); <see langword="null"/> for 1.</param>
/// <param name="annotated">(N, K); <see langword="null"/> for all.</param>
internal sealed class PlainMaps(Tensor x, Tensor y, DiceOptions options, Tensor? voxelWeights = null, Tensor? annotated = null)
{
    private long Samples => x.shape[0];

    private bool IsTwoClass => x.shape[1] == 1 && options.Activation is Activation.Auto or Activation.TwoClassSigmoid;

    private bool IsBinary => options.Activation == Activation.Sigmoid;

    private Tensor X => x.to(ScalarType.Float64).reshape(Samples, x.shape[1], -1);

    // Two logits for two classes, so that one code does for both.
    private Tensor ClassLogits => IsTwoClass ? cat([zeros_like(X), X], 1) : X;

    private Tensor LogP => options.Activation == Activation.None ? X.log() : IsBinary ? X.sigmoid().log() : ClassLogits.log_softmax(1);

    private Tensor P => options.Activation == Activation.None ? X : IsBinary ? X.sigmoid() : ClassLogits.softmax(1);

    private Tensor Raw => y.dim() == x.dim()
        ? y.to(ScalarType.Float64).reshape(Samples, x.shape[1], -1)
        : y.to(ScalarType.Float64).reshape(Samples, 1, -1);

    // 1 where a voxel counts for a class, (N, K, V).
    private Tensor Counts
    {
        get
        {
            Tensor counts = Raw.ne(options.IgnoreLabel).to(ScalarType.Float64).expand(Samples, y.dim() == x.dim() ? x.shape[1] : 1, -1);
            if (!IsBinary && options.Activation != Activation.None) counts = counts.amin([1L], keepdim: true);
            return counts.expand(Samples, T.shape[1], -1).clone();
        }
    }

    // Voxel weight, times whether it counts, times whether the class is annotated.
    private Tensor W => Counts * (voxelWeights?.to(ScalarType.Float64).reshape(voxelWeights.shape[0], 1, -1) ?? 1)
        * (annotated?.to(ScalarType.Float64).unsqueeze(2) ?? 1);

    private Tensor T
    {
        get
        {
            Tensor values = where(Raw.eq(options.IgnoreLabel), zeros_like(Raw), Raw);
            if (y.dim() != x.dim())
            {
                Tensor classes = arange(IsTwoClass ? 2 : x.shape[1], dtype: ScalarType.Float64).reshape(1, -1, 1);
                return values.eq(classes + (x.shape[1] == 1 && !IsTwoClass ? 1 : 0)).to(ScalarType.Float64);
            }

            return IsTwoClass ? cat([1 - values, values], 1) : values;
        }
    }

    /// <summary>The Dice loss; averaged over the annotated classes of each sample, then reduced.</summary>
    public Tensor Dice()
    {
        Tensor p = P, t = T, w = W;
        Tensor both = options.Intersection == IntersectionForm.Product ? p * t : (p + t - (p - t).abs()) / 2;
        Tensor i = (w * both).sum([2L]), masses = (w * (p.pow(options.Exponent) + t.pow(options.Exponent))).sum([2L]);
        Tensor known = annotated?.to(ScalarType.Float64) ?? ones_like(i);
        if (options.Reduction == DiceReduction.Batch)
        {
            (i, masses, known) = (i.sum([0L], keepdim: true), masses.sum([0L], keepdim: true), known.amax([0L], keepdim: true));
        }

        Tensor denominator = masses + options.Smooth, isEmpty = denominator.eq(0);
        Tensor losses = where(isEmpty, zeros_like(denominator), 1 - (((2 * i) + options.Smooth) / where(isEmpty, ones_like(denominator), denominator)));
        losses *= known;
        if (options.Reduction == DiceReduction.PerClass) return losses;
        losses = losses.sum([1L]) / known.sum([1L]).clamp(min: 1);
        return options.Reduction switch
        {
            DiceReduction.None => losses,
            DiceReduction.Mean => losses.mean(),
            _ => losses.sum(),
        };
    }

    /// <summary>Cross-entropy without weights of its own: the weighted mean of what each voxel, or with sigmoid each element, has.</summary>
    public Tensor CrossEntropy()
    {
        double positive = options.CrossEntropy?.PositiveWeight ?? 1;
        Tensor terms = IsBinary ? (positive * T * -LogP) + ((1 - T) * -(-X).sigmoid().log()) : T * -LogP;
        Tensor w = W;
        return (w * terms).sum() / (IsBinary ? w.sum() : w.narrow(1, 0, 1).sum());
    }

    /// <summary>The focal loss, averaged over elements.</summary>
    public Tensor Focal()
    {
        var focal = options.Focal!;
        Tensor p = P, t = T, w = W;
        Tensor terms = t * (1 - p).pow(focal.Gamma) * -LogP;
        if (focal.Alpha is { } alpha)
        {
            double[] factors = [.. Enumerable.Range(0, (int)p.shape[1]).Select(k => !IsBinary && k == 0 ? 1 - alpha : alpha)];
            terms *= tensor(factors).reshape(1, -1, 1);
        }

        if (IsBinary) terms += (1 - (focal.Alpha ?? 0)) * (1 - t) * p.pow(focal.Gamma) * -(-X).sigmoid().log();
        if (focal.ClassWeights is { } weights) terms *= tensor([.. weights]).reshape(1, -1, 1);
        return (w * terms).sum() / w.sum();
    }
}
