using DiceLoss.Cpu;
using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Conformance.Checks;
using DiceLoss.Cuda.Tests.Emulator;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

/// <summary>The kernels of the pairwise list, on the emulated device.</summary>
public sealed class PairwiseTests
{
    private static readonly Lazy<EmulatedProvider> s_provider = new(() => new EmulatedProvider(multiprocessors: 1, seed: 3));
    private static readonly Lazy<EmulatedProvider> s_general = new(() => new EmulatedProvider(multiprocessors: 1, seed: 4, isGeneral: true));

    // What cannot meet.
    private static readonly string[] s_apart =
    [
        // A softmax of one channel; two classes from more than one.
        "CHANNELS=1 ACTIVATION=1", "CHANNELS=0 ACTIVATION=2", "CHANNELS=2 ACTIVATION=2", "CHANNELS=3 ACTIVATION=2", "CHANNELS=5 ACTIVATION=2",
        "CHANNELS=8 ACTIVATION=2", "CHANNELS=16 ACTIVATION=2", "CHANNELS=17 ACTIVATION=2",

        // Labels that are not integers, or met in the minimum; a minimum of powers.
        "TARGETS=0 MAPS=0", "TARGETS=1 MAPS=0", "TARGETS=2 MAPS=0", "TARGETS=3 MAPS=0", "MAPS=0 MINIMUM=1", "MINIMUM=1 EXPONENT=0", "MINIMUM=1 EXPONENT=2",

        // Counts of what is not hard.
        "TARGETS=0 HARD=1", "TARGETS=1 HARD=1", "TARGETS=2 HARD=1", "TARGETS=3 HARD=1", "TARGETS=0 HARD=2", "TARGETS=1 HARD=2", "TARGETS=2 HARD=2", "TARGETS=3 HARD=2",

        // Terms of classes that do not compete, and of what has no logits.
        "ACTIVATION=3 TERM=2", "ACTIVATION=4 TERM=1", "ACTIVATION=4 TERM=2", "ACTIVATION=4 TERM=3",

        // One load of voxels that do not lie next to each other.
        "CONTIGUOUS=0 WIDE=1",
    ];

    public static TheoryData<int> Positions => [.. Enumerable.Range(0, KernelCases.All.Count)];

    [Theory]
    [MemberData(nameof(Positions))]
    public void ForwardBackward_PairwiseList_AgreesWithReferenceAndCpu(int position)
    {
        Case what = KernelCases.All[position];
        Agreement.Holds(s_provider.Value, ReferenceProvider.Shared, what, Placement.BeforeGuard);
        Agreement.Holds(s_provider.Value, CpuProvider.Shared, what);
    }

    [Fact]
    public void ForwardBackward_RandomCases_AgreesWithCpu() => Property.Holds(
        Cases.AnyTargets(300), 25, what => Agreement.Holds(s_provider.Value, CpuProvider.Shared, what with { Spread = Math.Min(what.Spread, 3) }));

    [Fact]
    public void ForwardBackward_RandomCasesByKernelsForAnyNumberOfChannels_AgreesWithCpu() => Property.Holds(
        Cases.AnyTargets(300), 25, what => Agreement.Holds(s_general.Value, CpuProvider.Shared, what with { Spread = Math.Min(what.Spread, 3) }));

    // From one to sixteen warps share voxels; several tiles, segments of several rows, and a last part that has little of its own.
    [Theory]
    [InlineData(1, 9000)]
    [InlineData(5, 9000)]
    [InlineData(17, 5000)]
    [InlineData(35, 3000)]
    [InlineData(70, 1500)]
    [InlineData(130, 700)]
    [InlineData(1500, 70)]
    public void ForwardBackward_KernelsForAnyNumberOfChannels_AgreesWithReference(int channels, int voxels)
    {
        foreach (TargetKind kind in (TargetKind[])[TargetKind.Labels, TargetKind.Maps])
        {
            var what = new Case
            {
                Shape = [2, channels, voxels],
                Targets = kind,
                LabelsType = kind == TargetKind.Maps ? ElementType.UInt8 : ElementType.Int64,
                Options = new DiceOptions { CrossEntropy = new CrossEntropy(), HardPrediction = HardPrediction.Argmax, Smooth = 0.1 },
            };
            Agreement.Holds(s_general.Value, ReferenceProvider.Shared, what, Placement.BeforeGuard);
        }
    }

    // One kernel is told all of them.
    [Fact]
    public void ForwardBackward_GeneralKernelsAndEveryType_AgreesWithReference()
    {
        ElementType?[] weights = [null, .. Cases.LogitsTypes];
        foreach (TargetKind kind in (TargetKind[])[TargetKind.Labels, TargetKind.Maps])
        {
            ElementType[] types = kind == TargetKind.Labels ? Cases.LabelsTypes : Cases.MapsTypes;
            for (int i = 0; i < types.Length * weights.Length; i++)
            {
                (ElementType type, ElementType? weight) = (types[i % types.Length], weights[i / types.Length]);
                var what = new Case
                {
                    Shape = [2, 5, 203],
                    Targets = kind,
                    LabelsType = type,
                    WeightsType = weight,
                    Seed = i,
                    Options = new DiceOptions
                    {
                        CrossEntropy = new CrossEntropy(),
                        Intersection = kind == TargetKind.Maps && i % 2 == 1 ? IntersectionForm.Minimum : IntersectionForm.Product,
                        HardPrediction = type.IsFloatingPoint() ? HardPrediction.None : (HardPrediction)(1 + (i % 2)),
                    },
                };
                Agreement.Holds(s_general.Value, ReferenceProvider.Shared, what, Placement.BeforeGuard);
            }
        }
    }

    [Fact]
    public void List_EveryTwoMacros_MeetInEveryWayThatOptionsAllow()
    {
        string[][] cases = [.. KernelCases.All.Select(what => (string[])[.. KernelOfCase.Sums(what).Macros(), $"UPSTREAM={what.Upstream}"])];
        string[][] values = [.. Enumerable.Range(0, cases[0].Length).Select(i => cases.Select(macros => macros[i]).Distinct().Order(StringComparer.Ordinal).ToArray())];
        Assert.Equal([8, 4, 9, 5, 2, 2, 4, 3, 4, 3, 2, 2, 1, 4], values.Select(ofMacro => ofMacro.Length)); // none is general: those are told at run time
        IEnumerable<string> apart =
            from i in Enumerable.Range(0, values.Length)
            from j in Enumerable.Range(i + 1, values.Length - i - 1)
            from one in values[i]
            from other in values[j]
            where !cases.Any(macros => macros[i] == one && macros[j] == other)
            select $"{one} {other}";
        Assert.Equal(s_apart.Order(StringComparer.Ordinal), apart.Order(StringComparer.Ordinal));
    }
}
