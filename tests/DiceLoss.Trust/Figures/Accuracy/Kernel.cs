namespace DiceLoss.Trust.Figures.Accuracy;

/// <summary>What a kernel is closed over, beside the register width.</summary>
internal sealed record Kernel(
    ElementType Logits, Activation Activation, int Channels, int Exponent, VoxelTerm Term, TargetKind Targets = TargetKind.Labels, bool Minimum = false)
{
    /// <summary>Every one: of labels with each exponent, of maps with both ways to meet.</summary>
    public static IReadOnlyList<Kernel> All { get; } = [.. OfLabels(), .. OfMaps()];

    /// <summary>Dice alone, as the plain composition is written.</summary>
    public bool IsPlain => Term == VoxelTerm.None;

    public DiceOptions Options => new()
    {
        Activation = Activation,
        Exponent = Exponent,
        Intersection = Minimum ? IntersectionForm.Minimum : IntersectionForm.Product,
        CrossEntropy = Term is VoxelTerm.CrossEntropy or VoxelTerm.SmoothedCrossEntropy
            ? new CrossEntropy { LabelSmoothing = Term == VoxelTerm.SmoothedCrossEntropy ? 0.1 : 0 }
            : null,
        Focal = Term == VoxelTerm.Focal ? new Focal() : null,
    };

    public override string ToString() => $"{Logits} {Activation} of {Channels}, exponent {Exponent}, {Term}, {Targets}{(Minimum ? " minimum" : "")}";

    private static (Activation Activation, int Channels)[] Activations =>
        [(Activation.Softmax, 5), (Activation.TwoClassSigmoid, 1), (Activation.Sigmoid, 3), (Activation.None, 3)];

    private static IEnumerable<Kernel> OfLabels() =>
        from type in Testing.Cases.LogitsTypes
        from activation in Activations
        from exponent in new[] { 1, 2, 3 }
        from term in Terms(activation.Activation)
        select new Kernel(type, activation.Activation, activation.Channels, exponent, term);

    private static IEnumerable<Kernel> OfMaps() =>
        from type in Testing.Cases.LogitsTypes
        from activation in Activations
        from minimum in new[] { false, true }
        from term in Terms(activation.Activation)
        select new Kernel(type, activation.Activation, activation.Channels, minimum ? 1 : 2, term, TargetKind.Maps, minimum);

    // There are no voxel terms of probabilities, and no label smoothing where classes do not compete.
    private static VoxelTerm[] Terms(Activation activation) => activation switch
    {
        Activation.None => [VoxelTerm.None],
        Activation.Sigmoid => [VoxelTerm.None, VoxelTerm.CrossEntropy, VoxelTerm.Focal],
        _ => Enum.GetValues<VoxelTerm>(),
    };
}
