using DiceLoss.Cuda.Conformance.OnDevice;
using DiceLoss.Cuda.Runtime;
using DiceLoss.Cuda.Tests.Emulator;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

/// <summary>What must not change a bit: the size of the grid, the order of blocks and threads, the stream.</summary>
public sealed class SameBitsTests
{
    private static readonly Case[] s_cases =
    [
        new Case { Shape = [3, 5, 41000], LabelsType = ElementType.UInt8 },
        new Case { Shape = [20, 3, 2100], LogitsLayout = Layout.ChannelsLast, GradientLayout = Layout.ChannelsLast, LabelsType = ElementType.UInt8 },
        new Case
        {
            Shape = [20, 2, 5000],
            LogitsType = ElementType.Float64,
            Targets = TargetKind.Maps,
            LabelsType = ElementType.Int16,
            WeightsType = ElementType.Float16,
            Options = new DiceOptions { Activation = Activation.Sigmoid, Focal = new Focal(), HardPrediction = HardPrediction.Threshold },
        },
        new Case { Shape = [3, 35, 4000], Options = new DiceOptions { CrossEntropy = new CrossEntropy() } }, // warps share voxels
        new Case { Shape = [2, 300, 1200], LogitsType = ElementType.Float16 }, // channels do not stay in registers
    ];

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    public void ForwardBackward_AnyGridOrderAndStream_GivesTheSameBits(int position, bool isGeneral)
    {
        using var run = new CaseRun(s_cases[position]);
        using var first = new EmulatedProvider(multiprocessors: 1, isGeneral: isGeneral);
        DiceResult expected = run.Forward(first);
        double[] gradient = run.Backward(first, expected);
        using var scope = new ContextScope(EmulatedDevice.Driver, EmulatedDevice.Driver.PrimaryContext(0));
        using CudaStream one = new(), two = new();
        foreach ((int multiprocessors, ulong seed, nint stream) in new (int, ulong, nint)[] { (2, 0, 0), (1, 1, one.Handle), (3, 99, 0), (132, 7, two.Handle) })
        {
            using var other = new EmulatedProvider(multiprocessors, seed, isGeneral: isGeneral);
            DiceResult again = Dice.Forward(run.Logits.Descriptor, run.Targets, run.Case.Options, other, stream);
            string name = $"{run.Case}, {multiprocessors} multiprocessors, seed {seed}, stream {stream}";
            for (int n = 0; n < expected.Sums.Samples; n++)
            {
                foreach (SumTerm term in Enum.GetValues<SumTerm>())
                {
                    ErrorRule.SameBits(Values(expected.Sums, term, n), Values(again.Sums, term, n), $"{name}: {term} of sample {n}");
                }
            }

            Dice.Backward(again, run.Logits.Descriptor, run.Targets, default, run.Gradient.Descriptor, provider: other, stream: stream);
            ErrorRule.SameBits(gradient, run.Gradient.Numbers(), $"{name}: gradient");
        }
    }

    private static double[] Values(DiceSums sums, SumTerm term, int sample) => [.. sums[term, sample].ToArray().Select(sum => sum.Value)];
}
