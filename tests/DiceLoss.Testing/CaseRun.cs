namespace DiceLoss.Testing;

/// <summary>The tensors of a case, its truth, and the calls on a provider.</summary>
public sealed class CaseRun : IDisposable
{
    /// <summary>Makes the tensors.</summary>
    /// <param name="what">The case.</param>
    /// <param name="editLogits">Changes the logits before they are rounded to their type.</param>
    /// <param name="editLabels">Changes the labels.</param>
    /// <param name="placement">Where logits, labels and gradient lie.</param>
    public CaseRun(
        Case what, Action<double[]>? editLogits = null, Action<long[]>? editLabels = null, Placement placement = Placement.Anywhere)
    {
        Case = what;
        long[] labels = what.MakeLabels();
        double[] logits = what.MakeLogits(labels);
        editLogits?.Invoke(logits);
        editLabels?.Invoke(labels);
        Logits = TensorBuffer.Of(what.LogitsType, what.Shape, logits, what.LogitsLayout, what.Seed, placement);
        Labels = TensorBuffer.Of(what.LabelsType, what.LabelsShape, labels, what.LabelsLayout, what.Seed + 1, placement);
        Gradient = new TensorBuffer(what.LogitsType, what.Shape, what.GradientLayout, what.Seed + 2, placement);
        UpstreamValues = what.MakeUpstream();
        if (UpstreamValues is not null) Upstream = MakeUpstream(what, UpstreamValues);
    }

    public Case Case { get; }

    public TensorBuffer Logits { get; }

    public TensorBuffer Labels { get; }

    public TensorBuffer Gradient { get; }

    public TensorBuffer? Upstream { get; }

    public double[]? UpstreamValues { get; }

    /// <summary>The loss, sums and gradient that the values in memory have in double.</summary>
    public ReferenceResult Truth() =>
        Reference.Compute(Case.Shape, Logits.Numbers(), Labels.Integers(), Case.Options, Upstream?.Numbers());

    public (double[] Losses, double[] Gradient) PlainRival() =>
        Plain.Compute(Case.Shape, Logits.Numbers(), Labels.Integers(), Case.Options, Upstream?.Numbers());

    public DiceResult Forward(IDiceProvider provider) => Dice.Forward(Logits.Descriptor, Labels.Descriptor, Case.Options, provider);

    /// <summary>Writes the gradient into its buffer, checks that nothing else was written, and reads it.</summary>
    public double[] Backward(IDiceProvider provider, DiceResult result)
    {
        Dice.Backward(result, Logits.Descriptor, Labels.Descriptor, Upstream is null ? default : Upstream.Descriptor, Gradient.Descriptor, provider: provider);
        return Gradient.Numbers();
    }

    /// <summary>Writes the gradient over the logits and reads it.</summary>
    public double[] BackwardInPlace(IDiceProvider provider, DiceResult result)
    {
        TensorDescriptor upstream = Upstream is null ? default : Upstream.Descriptor;
        Dice.Backward(result, Logits.Descriptor, Labels.Descriptor, upstream, Logits.Descriptor, inPlace: true, provider);
        return Logits.Numbers();
    }

    public void Dispose()
    {
        Logits.Dispose();
        Labels.Dispose();
        Gradient.Dispose();
        Upstream?.Dispose();
    }

    private static TensorBuffer MakeUpstream(Case what, double[] values)
    {
        ElementType type = what.LogitsType.LossType();
        if (what.Options.Reduction != DiceReduction.None || what.Upstream == UpstreamKind.Scalar)
        {
            return TensorBuffer.Of(type, [], values);
        }

        bool expanded = what.Upstream == UpstreamKind.Expanded;
        double[] perSample = expanded ? [.. Enumerable.Repeat(values[0], (int)what.Samples)] : values;
        return TensorBuffer.Of(type, [what.Samples], perSample, expanded ? Layout.Expanded : Layout.Stepped);
    }
}
