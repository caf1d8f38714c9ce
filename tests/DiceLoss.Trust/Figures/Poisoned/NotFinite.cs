using System.Globalization;
using DiceLoss.Cpu;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures.Poisoned;

/// <summary>NaN and infinities among the logits: what docs/numerics.md says of them, in their sample and nowhere else.</summary>
/// <param name="provider">Who computes.</param>
internal sealed class NotFinite(IDiceProvider provider) : Figure
{
    private const int Voxels = (2 * CpuProvider.TileVoxels) + 128 + 37;

    // First, middle and last lane of the first, a middle and the last block; a tile's border; and the voxels that fill no block.
    private static readonly int[] s_positions =
        [0, 1, 7, 8, 15, 16, 31, 63, 64, 300, 511, 512, 1023, 1024, Voxels - 38, Voxels - 37, Voxels - 36, Voxels - 20, Voxels - 2, Voxels - 1];

    private static readonly int[] s_fewPositions = [0, 31, 300, 512, Voxels - 38, Voxels - 37, Voxels - 1];

    private static readonly (int Channels, Activation Activation)[] s_activations =
        [(1, Activation.TwoClassSigmoid), (3, Activation.Softmax), (3, Activation.Sigmoid), (1, Activation.Sigmoid), (2, Activation.None)];

    /// <summary>With the provider that most callers use.</summary>
    public NotFinite()
        : this(CpuProvider.Shared)
    {
    }

    public override string Name => "not-finite";

    public override string Held => "NaN where it is documented and nowhere else, without logarithms the reference's result, and other samples to the bit";

    public override string Method =>
        "NaN, +inf, -inf and -inf in all classes, in voxels that count: in the first, middle and last lanes, at borders of tiles and in what fills no block, "
        + "in each class, with each type of logits, activation, kind of targets and voxel term, with a class that has no loss, and with cross-entropy alone";

    public override Finding Measure(Budget budget)
    {
        int count = 0;
        foreach ((int channels, Activation activation) in s_activations)
        {
            foreach (DiceOptions options in Terms(activation)) count += Measure(channels, options, PoisonedSample.HasTerm(options) || options.IgnoreChannel >= 0 ? s_fewPositions : s_positions);
        }

        int[] others = [.. Enumerable.Range(0, Voxels).Except(s_positions)];
        int measured = 0;
        for (; measured < others.Length && !budget.IsSpent; measured++)
        {
            foreach ((int channels, Activation activation) in s_activations)
            {
                foreach (DiceOptions options in Terms(activation)) count += Measure(channels, options, [others[measured]]);
            }
        }

        Finding held = Finding.Held(string.Create(CultureInfo.InvariantCulture, $"{count:N0} cases, all as documented."));
        return measured == others.Length ? held : held with { NotMeasured = [$"{others.Length - measured} of {Voxels} voxels ({budget.Reason})"] };
    }

    private static IEnumerable<DiceOptions> Terms(Activation activation)
    {
        var plain = new DiceOptions { Activation = activation, Reduction = DiceReduction.None, Smooth = 1 };
        yield return plain;
        yield return plain with { IgnoreChannel = 0 };
        if (activation == Activation.None) yield break;
        yield return plain with { CrossEntropy = new CrossEntropy() };
        yield return plain with { CrossEntropy = new CrossEntropy(), OverlapWeight = 0 };
        yield return plain with { Focal = new Focal() };
        if (activation != Activation.Sigmoid) yield return plain with { CrossEntropy = new CrossEntropy { LabelSmoothing = 0.1 } };
    }

    private int Measure(int channels, DiceOptions options, int[] positions)
    {
        int count = 0;
        foreach (ElementType type in Cases.LogitsTypes)
        {
            foreach (TargetKind targets in Enum.GetValues<TargetKind>())
            {
                using var poisoned = new PoisonedSample(provider, new Case
                {
                    Shape = [3, channels, Voxels],
                    LogitsType = type,
                    Targets = targets,
                    OneHot = options.Activation != Activation.Sigmoid,
                    LabelsType = ElementType.UInt8,
                    IgnoredShare = 0,
                    Seed = 7,
                    Options = options,
                });
                foreach (int position in positions) count += poisoned.JudgeAll(position);
            }
        }

        return count;
    }
}
