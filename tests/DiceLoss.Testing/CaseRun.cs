namespace DiceLoss.Testing;

/// <summary>The tensors of a case, its truth, and the calls on a provider.</summary>
public sealed class CaseRun : IDisposable
{
    /// <summary>Makes the tensors.</summary>
    /// <param name="what">The case.</param>
    /// <param name="editLogits">Changes the logits before they are rounded to their type.</param>
    /// <param name="editLabels">Changes the labels.</param>
    /// <param name="placement">Where the tensors lie.</param>
    /// <param name="shift">Bytes between each tensor and the page that it lies beside.</param>
    public CaseRun(
        Case what, Action<double[]>? editLogits = null, Action<long[]>? editLabels = null, Placement placement = Placement.Anywhere, int shift = 0)
    {
        Case = what;
        long[] labels = what.MakeLabels();
        double[] logits = what.MakeLogits(labels);
        editLogits?.Invoke(logits);
        editLabels?.Invoke(labels);
        Logits = TensorBuffer.Of(what.LogitsType, what.Shape, logits, what.LogitsLayout, what.Seed, placement, shift);
        Labels = what.Targets == TargetKind.Maps
            ? TensorBuffer.Of(what.LabelsType, what.LabelsShape, what.MakeMaps(labels), what.LabelsLayout, what.Seed + 1, placement, shift)
            : TensorBuffer.Of(what.LabelsType, what.LabelsShape, labels, what.LabelsLayout, what.Seed + 1, placement, shift);
        Weights = what.MakeWeights() is { } weights
            ? TensorBuffer.Of(what.WeightsType!.Value, what.WeightsShape, weights, what.WeightsLayout, what.Seed + 3, placement, shift)
            : null;
        Annotated = what.MakeAnnotated();
        Gradient = new TensorBuffer(what.LogitsType, what.Shape, what.GradientLayout, what.Seed + 2, placement, shift);
        UpstreamValues = what.MakeUpstream();
        if (UpstreamValues is not null) Upstream = MakeUpstream(what, UpstreamValues, placement, shift);
    }

    public Case Case { get; }

    public TensorBuffer Logits { get; }

    /// <summary>The labels, or the maps.</summary>
    public TensorBuffer Labels { get; }

    public TensorBuffer? Weights { get; }

    /// <summary>(N, K); empty for all.</summary>
    public bool[] Annotated { get; }

    public DiceTargets Targets => new(Labels.Descriptor) { VoxelWeights = Weights is null ? default : Weights.Descriptor, Annotated = Annotated };

    public TensorBuffer Gradient { get; }

    public TensorBuffer? Upstream { get; }

    public double[]? UpstreamValues { get; }

    /// <summary>From now on, writing to what is only read ends the process; for guarded placements.</summary>
    /// <param name="logits">Whether the logits are only read; not so where their gradient takes their place.</param>
    public void MakeInputsReadOnly(bool logits = true)
    {
        if (logits) Logits.MakeReadOnly();
        Labels.MakeReadOnly();
        Weights?.MakeReadOnly();
        Upstream?.MakeReadOnly();
    }

    /// <summary>The loss, sums and gradient that the values in memory have in double.</summary>
    public ReferenceResult Truth() => Reference.Compute(Case.Shape, Logits.Numbers(), SpelledOut(), Case.Options, Upstream?.Numbers());

    /// <summary>What the memory of labels or maps and of the weights really holds.</summary>
    public ReferenceTargets SpelledOut()
    {
        (double[]? weights, bool[]? annotated) = (Weights?.Numbers(), Annotated.Length == 0 ? null : Annotated);
        return Case.Targets == TargetKind.Maps
            ? ReferenceTargets.OfMaps(Case.Shape, Labels.Numbers(), Case.Options, weights, annotated)
            : ReferenceTargets.OfLabels(Case.Shape, Labels.Integers(), Case.Options, weights, annotated);
    }

    public (double[] Losses, double[] Gradient) PlainRival() =>
        Plain.Compute(Case.Shape, Logits.Numbers(), SpelledOut(), Case.Options, Upstream?.Numbers());

    public DiceResult Forward(IDiceProvider provider) => Dice.Forward(Logits.Descriptor, Targets, Case.Options, provider);

    /// <summary>Writes the gradient into its buffer, which has forgotten any other, checks that nothing beside it was written, and reads it.</summary>
    public double[] Backward(IDiceProvider provider, DiceResult result)
    {
        Gradient.Erase();
        Dice.Backward(result, Logits.Descriptor, Targets, Upstream is null ? default : Upstream.Descriptor, Gradient.Descriptor, provider: provider);
        Gradient.AssertGapsUntouched();
        return Gradient.Numbers();
    }

    /// <summary>Writes the gradient over the logits and reads it.</summary>
    public double[] BackwardInPlace(IDiceProvider provider, DiceResult result)
    {
        TensorDescriptor upstream = Upstream is null ? default : Upstream.Descriptor;
        Dice.Backward(result, Logits.Descriptor, Targets, upstream, Logits.Descriptor, inPlace: true, provider);
        return Logits.Numbers();
    }

    public void Dispose()
    {
        Logits.Dispose();
        Labels.Dispose();
        Weights?.Dispose();
        Gradient.Dispose();
        Upstream?.Dispose();
    }

    private static TensorBuffer MakeUpstream(Case what, double[] values, Placement placement, int shift)
    {
        ElementType type = what.LogitsType.LossType();
        if (what.Options.Reduction != DiceReduction.None || what.Upstream == UpstreamKind.Scalar)
        {
            return TensorBuffer.Of(type, [], values, placement: placement, shift: shift);
        }

        bool expanded = what.Upstream == UpstreamKind.Expanded;
        double[] perSample = expanded ? [.. Enumerable.Repeat(values[0], (int)what.Samples)] : values;
        return TensorBuffer.Of(type, [what.Samples], perSample, expanded ? Layout.Expanded : Layout.Stepped, placement: placement, shift: shift);
    }
}
