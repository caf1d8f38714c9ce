using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures.Guarded;

/// <summary>A case, and where its buffers lie.</summary>
/// <param name="What">The case.</param>
/// <param name="Placement">Which side of the guard page.</param>
/// <param name="Shift">Bytes between the buffers and the page.</param>
/// <param name="InPlace">Whether the gradient takes the place of the logits.</param>
internal sealed record PlacedCase(Case What, Placement Placement, int Shift, bool InPlace)
{
    private const int Tiles = 4, Shifts = 64, Sides = 2;
    private const int Sizes = (Tiles * Cpu.CpuProvider.TileVoxels) + 1;

    private static readonly Activation[] s_activations = [Activation.Auto, Activation.Auto, Activation.Sigmoid, Activation.None];
    private static readonly int[] s_channels = [1, 2, 3, 4, 5, 17];

    /// <summary>How many there are of a type of logits: every size at every shift on both sides.</summary>
    public const int Count = Sizes * Shifts * Sides;

    /// <summary>One of them; what else there is to choose is drawn.</summary>
    /// <param name="logits">The type of the logits.</param>
    /// <param name="index">Which, from 0.</param>
    public static PlacedCase At(ElementType logits, int index)
    {
        var random = new Random((index * 4) + (int)logits);
        int voxels = index % Sizes, shift = index / Sizes % Shifts;
        int channels = s_channels[random.Next(s_channels.Length)];
        bool isMaps = random.Next(2) == 0;
        ElementType targets = Pick(isMaps ? Cases.MapsTypes : Cases.LabelsTypes);
        Activation activation = s_activations[random.Next(s_activations.Length)];
        var what = new Case
        {
            Shape = [random.Next(1, 3), channels, voxels],
            LogitsType = logits,
            Targets = isMaps ? TargetKind.Maps : TargetKind.Labels,
            LabelsType = targets,
            WeightsType = random.Next(3) == 0 ? Pick(Cases.LogitsTypes) : null,
            SharedWeights = random.Next(2) == 0,
            LogitsLayout = Read(),
            LabelsLayout = Read(),
            WeightsLayout = Read(),
            GradientLayout = random.Next(2) == 0 ? Layout.Contiguous : (Layout)random.Next((int)Layout.Expanded),
            Upstream = (UpstreamKind)random.Next(4),
            Seed = index,
            Options = new DiceOptions
            {
                Activation = activation,
                Exponent = random.Next(1, 4),
                Smooth = 1,
                Reduction = Pick(Cases.Reductions),
                CrossEntropy = activation != Activation.None && random.Next(4) == 0 ? new CrossEntropy() : null,
                Focal = activation != Activation.None && random.Next(4) == 0 ? new Focal() : null,
                HardPrediction = channels > 1 && !targets.IsFloatingPoint() && random.Next(4) == 0 ? HardPrediction.Argmax : HardPrediction.None,
            },
        };
        bool inPlace = what.LogitsLayout != Layout.Expanded && random.Next(4) == 0;
        return new PlacedCase(what, index / Sizes / Shifts == 0 ? Placement.BeforeGuard : Placement.AfterGuard, shift, inPlace);

        T Pick<T>(T[] values) => values[random.Next(values.Length)];

        Layout Read() => random.Next(2) == 0 ? Layout.Contiguous : (Layout)random.Next((int)Layout.Expanded + 1);
    }

    /// <summary>Runs it: what leaves the buffers, or writes to what is only read, ends the process; wrong bits throw.</summary>
    public void Run(IDiceProvider provider)
    {
        using CaseRun anywhere = new(What), guarded = new(What, placement: Placement, shift: Shift);
        guarded.MakeInputsReadOnly(logits: !InPlace);
        DiceResult expected = anywhere.Forward(provider), result = guarded.Forward(provider);
        ErrorRule.SameBits(expected.Losses.ToArray(), result.Losses.ToArray(), $"{this}: losses");
        double[] gradient = InPlace ? guarded.BackwardInPlace(provider, result) : guarded.Backward(provider, result);
        ErrorRule.SameBits(anywhere.Backward(provider, expected), gradient, $"{this}: gradient");
        guarded.Logits.AssertGapsUntouched();
        guarded.Gradient.AssertGapsUntouched();
    }
}
