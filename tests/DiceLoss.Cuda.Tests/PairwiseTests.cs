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
    public void List_EveryMacro_TakesEveryValueAndMeetsWhatItMust()
    {
        KernelSpecialisation[] sums = [.. KernelCases.All.Select(KernelOfCase.Sums)];
        Assert.Equal([0, 1, 2, 3, 5, 6, 8, 16, 17], sums.Select(kernel => kernel.Channels).Distinct().Order());
        Assert.Equal(4, sums.Select(kernel => kernel.Logits).Distinct().Count());
        Assert.Equal([null, ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16], sums.Select(kernel => kernel.Weights).Distinct().Order());
        Assert.Equal([0, 1, 2], sums.Select(kernel => kernel.Exponent).Distinct().Order());
        Assert.Equal(3, sums.Select(kernel => kernel.Hard).Distinct().Count());
        Assert.Equal(3, sums.Select(kernel => (kernel.Contiguous, kernel.Wide)).Distinct().Count());
        Assert.Equal(2, sums.Select(kernel => kernel.Minimum).Distinct().Count());
        Assert.Equal(12, sums.Select(kernel => (kernel.Activation, kernel.Term)).Distinct().Count()); // 2 x 4, 3 and 1
        Assert.Equal(8, sums.Select(kernel => (kernel.Activation, kernel.Maps)).Distinct().Count());
        Assert.Equal(4 * 14, sums.Select(kernel => (kernel.Logits, kernel.Maps, kernel.Targets)).Distinct().Count());
    }
}
