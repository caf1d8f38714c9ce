using DiceLoss.Cpu;
using DiceLoss.Cpu.Tests;
using DiceLoss.Testing;
using DiceLoss.Trust.Bits;
using DiceLoss.Trust.Figures.Accuracy;
using DiceLoss.Trust.Figures.SameBits;
using DiceLoss.Trust.Figures.Size;

namespace DiceLoss.Trust.Tests;

/// <summary>Figures of something that is wrong are broken, those of something that is right are held.</summary>
public sealed class FigureTests
{
    private static readonly Case[] s_problems = [new() { Shape = [1, 3, 5000], Seed = 1 }, new() { Shape = [1, 2, 700], LogitsType = ElementType.BFloat16, Seed = 2 }];

    private static readonly string[] s_lines = ["Scalar JIT", .. BitProblems.All.Select((_, i) => $"{i:X4}")];

    [Theory]
    [InlineData(1e-9, false)]
    [InlineData(0, true)]
    public void SameBitsThreads_SumsThatDependOnThreads_AreBroken(double byThread, bool isHeld) =>
        Assert.Equal(isHeld ? Verdict.Held : Verdict.Broken, Measure(new SameBitsThreads(s_problems, threads => new AlteredProvider(1 + (threads == 48 ? byThread : 0)), new AlteredProvider(1))).Verdict);

    [Fact]
    public void HashProgram_OtherHashesOrOtherMachine_IsADifference()
    {
        Assert.Null(HashProgram.Difference(s_lines, "Scalar JIT", s_lines[1..]));
        Assert.Contains("nothing", HashProgram.Difference([], "Scalar JIT", s_lines[1..]), StringComparison.Ordinal);
        Assert.Contains("says: Scalar JIT", HashProgram.Difference(s_lines, "Vector512 JIT", s_lines[1..]), StringComparison.Ordinal);
        Assert.Contains("gave 49 hashes", HashProgram.Difference(s_lines[..^1], "Scalar JIT", s_lines[1..]), StringComparison.Ordinal);
        Assert.Contains("problem 7 has other bits", HashProgram.Difference([.. s_lines[..8], "FFFF", .. s_lines[9..]], "Scalar JIT", s_lines[1..]), StringComparison.Ordinal);
    }

    [Fact]
    public void SameBitsMachines_OtherHashes_AreBroken()
    {
        string[] written = ["another machine", .. HashProgram.Expected];
        Assert.Equal(Verdict.Held, Measure(new SameBitsMachines(written, "this machine")).Verdict);
        written[8] = written[9];
        Assert.Contains("problem 7 has other bits", Measure(new SameBitsMachines(written, "this machine")).Result, StringComparison.Ordinal);
    }

    [Fact]
    public void SameBitsMachines_HashesOfTheSameMachine_AreNoProof()
    {
        string[] written = ["family 25 model 1, on a day", .. HashProgram.Expected];
        Finding same = Measure(new SameBitsMachines(written, "family 25 model 1")), other = Measure(new SameBitsMachines(written, "family 25 model 17"));
        Assert.Equal((Verdict.Skipped, Verdict.Held), (same.Verdict, other.Verdict));
        Assert.Contains("family 25 model 17 has that of family 25 model 1, on a day.", other.Result, StringComparison.Ordinal);
        written[8] = written[9];
        Assert.Equal(Verdict.Broken, Measure(new SameBitsMachines(written, "family 25 model 1")).Verdict);
    }

    [Fact]
    public void BitProblems_All_HaveEveryTypeAndFourThatKeepManyThreadsBusy()
    {
        Assert.Equal(50, BitProblems.All.Count);
        Assert.Equal(4, BitProblems.All.Select(what => what.LogitsType).Distinct().Count());
        Assert.Equal(9, BitProblems.All.Select(what => what.LabelsType).Distinct().Count());
        Assert.Equal(4, BitProblems.All.Where(what => TensorBuffer.Product(what.Shape) > 62L << 16).Select(what => what.LogitsType).Distinct().Count());
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1 + 1e-5, false)]
    public void Accuracy_SumsThatAreOff_AreBroken(double factor, bool isHeld)
    {
        var figure = new Accuracy("tiny", "a few voxels", period: 40, repetitions: 1, shortCases: 25, new AlteredProvider(factor));
        Assert.Equal(isHeld ? Verdict.Held : Verdict.Broken, Measure(figure).Verdict);
    }

    [Fact]
    public void Accuracy_NoShortCases_IsSkippedWithoutABudget() =>
        Assert.Equal(Verdict.Skipped, Measure(new Accuracy("tiny", "a few voxels", period: 40, repetitions: 1, shortCases: 0)).Verdict);

    [Fact]
    public void RanksAndClasses_SumsThatAreOff_AreBroken() => Assert.Equal(Verdict.Broken, Measure(new RanksAndClasses(new AlteredProvider(1.001))).Verdict);

    [Fact]
    public void Refusals_OfThisLibrary_AreHeld() => Assert.Equal(Verdict.Held, Measure(new Refusals()).Verdict);

    [Theory]
    [InlineData(nameof(LaneFunction.Exponential))]
    [InlineData(nameof(LaneFunction.Logarithm))]
    [InlineData(nameof(LaneFunction.Sigmoid))]
    [InlineData(nameof(LaneFunction.Complement))]
    public void ElementaryFunctions_EightUnitsOffOrMore_AreBroken(string wrong)
    {
        Finding finding = Measure(new ElementaryFunctions((_, x, function) =>
        {
            float[] y = LaneFunctions.Map(SimdLevel.Scalar, x, function);
            return function.ToString() != wrong ? y : Array.ConvertAll(y, value => value * (1 + (8 * MathF.ScaleB(1, -23))));
        }));
        Assert.Equal(Verdict.Broken, finding.Verdict);
        Assert.Contains("the bound is", finding.Result, StringComparison.Ordinal);
    }

    [Fact]
    public void ElementaryFunctions_OtherBitsAtOneLevel_AreBroken()
    {
        Assert.SkipUnless(CpuProvider.SupportedLevels.Count > 1, "This machine has one level.");
        Finding finding = Measure(new ElementaryFunctions((level, x, function) =>
            [.. LaneFunctions.Map(SimdLevel.Scalar, x, function).Select(value => level == CpuProvider.SupportedLevels[^1] ? MathF.BitDecrement(value) : value)]));
        Assert.Equal(Verdict.Broken, finding.Verdict);
        Assert.Contains($"with {CpuProvider.SupportedLevels[^1]}", finding.Result, StringComparison.Ordinal);
    }

    private static Finding Measure(Figure figure) => Assert.Single(Measurement.Of([figure], TimeSpan.Zero, TimeSpan.MaxValue)).Finding;
}
