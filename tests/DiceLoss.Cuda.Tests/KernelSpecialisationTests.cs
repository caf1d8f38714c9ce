using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Tests.Emulator;

namespace DiceLoss.Cuda.Tests;

/// <summary>What kernels are compiled with.</summary>
public sealed class KernelSpecialisationTests
{
    [Fact]
    public void ForSums_UsualProblem_HasEverythingThatIsFast() => Assert.Equal(
        "CHANNELS=5 LOGITS=0 TARGETS=8 WEIGHTS=-1 MAPS=0 MINIMUM=0 ACTIVATION=1 EXPONENT=1 TERM=0 HARD=0 CONTIGUOUS=1 WIDE=1 GENERAL=0",
        Text(new DeviceProblem().ForSums()));

    [Fact]
    public void ForSums_EveryOption_IsAMacro() => Assert.Equal(
        "CHANNELS=5 LOGITS=2 TARGETS=5 WEIGHTS=1 MAPS=1 MINIMUM=0 ACTIVATION=3 EXPONENT=2 TERM=3 HARD=2 CONTIGUOUS=1 WIDE=1 GENERAL=0",
        Text(new DeviceProblem
        {
            Logits = ElementType.Float16,
            Targets = ElementType.UInt8,
            Weights = ElementType.Float64,
            Maps = true,
            Options = new() { Activation = Activation.Sigmoid, Exponent = 2, Focal = new(), HardPrediction = HardPrediction.Threshold },
        }.ForSums()));

    [Fact]
    public void ForGradient_HardPrediction_IsNone()
    {
        var problem = new DeviceProblem { Options = new() { HardPrediction = HardPrediction.Argmax } };
        Assert.Equal(HardPrediction.Argmax, problem.ForSums().Hard);
        Assert.Equal(problem.ForSums() with { Hard = HardPrediction.None }, problem.ForGradient());
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(16, 16)]
    [InlineData(17, 17)]
    [InlineData(256, 256)]
    [InlineData(257, 0)]
    public void Channels_AnyNumber_AreThoseThatFitInRegisters(int channels, int expected)
    {
        foreach (Activation activation in (Activation[])[Activation.Softmax, Activation.Sigmoid, Activation.None])
        {
            foreach (bool maps in (bool[])[false, true])
            {
                KernelSpecialisation kernel = new DeviceProblem { Shape = [1, channels, 64], Maps = maps, Options = new() { Activation = activation } }.ForSums();
                Assert.Equal(expected, kernel.Channels);
                Assert.True(kernel.Contiguous);
            }
        }
    }

    [Fact]
    public void Channels_OneChannel_IsOneForTwoClasses()
    {
        KernelSpecialisation kernel = new DeviceProblem { Shape = [1, 1, 64] }.ForSums();
        Assert.Equal((1, Activation.TwoClassSigmoid), (kernel.Channels, kernel.Activation));
    }

    [Fact]
    public void Contiguous_AnyTensorIsNot_IsFalse()
    {
        // Channels stay in registers all the same, so that the sums have the same bits.
        Assert.Equal((5, false, false), Layout(new DeviceProblem { LogitStrides = [320, 1, 40, 5] }.ForSums())); // channels last
        Assert.Equal((5, false, false), Layout(new DeviceProblem { TargetStrides = [128, 16, 2] }.ForSums()));
        var gradient = new DeviceProblem { GradientStrides = [320, 1, 40, 5] };
        Assert.Equal((5, true, true), Layout(gradient.ForSums()));
        Assert.Equal((5, false, false), Layout(gradient.ForGradient()));
    }

    [Fact]
    public void Contiguous_GapsBetweenChannelsAndSamples_StaysTrue() =>
        Assert.Equal((5, true, true), Layout(new DeviceProblem { LogitStrides = [1024, 128, 8, 1] }.ForSums()));

    [Fact]
    public void Wide_NotAligned_IsFalse()
    {
        Assert.False(new DeviceProblem { Shape = [2, 5, 63] }.ForSums().Wide);
        Assert.False(new DeviceProblem { LogitAddress = (1 << 20) + 8 }.ForSums().Wide);
        Assert.False(new DeviceProblem { TargetAddress = (2 << 20) + 8 }.ForSums().Wide);
        Assert.False(new DeviceProblem { LogitStrides = [321, 64, 8, 1] }.ForSums().Wide);
        Assert.False(new DeviceProblem { LogitStrides = [325, 65, 8, 1] }.ForSums().Wide);
        Assert.False(new DeviceProblem { TargetStrides = [65, 8, 1] }.ForSums().Wide);
        var gradient = new DeviceProblem { GradientAddress = (1 << 30) + 4 };
        Assert.True(gradient.ForSums().Wide);
        Assert.False(gradient.ForGradient().Wide);
    }

    [Fact]
    public void Wide_SmallTypes_NeedsAlignmentOfTheGroupAlone()
    {
        Assert.True(new DeviceProblem { Targets = ElementType.UInt8, TargetAddress = (2 << 20) + 4 }.ForSums().Wide);
        Assert.False(new DeviceProblem { Targets = ElementType.UInt8, TargetAddress = (2 << 20) + 2 }.ForSums().Wide);
        Assert.True(new DeviceProblem { Logits = ElementType.Float16, Shape = [2, 9, 64], LogitAddress = (1 << 20) + 8 }.ForSums().Wide);
    }

    [Theory]
    [InlineData(ElementType.Float32, 8, 4)]
    [InlineData(ElementType.Float32, 9, 2)]
    [InlineData(ElementType.BFloat16, 16, 4)]
    [InlineData(ElementType.BFloat16, 8, 8)]
    [InlineData(ElementType.Float16, 9, 4)]
    [InlineData(ElementType.Float16, 105, 4)]
    [InlineData(ElementType.Float16, 257, 4)]
    [InlineData(ElementType.Float64, 8, 2)]
    [InlineData(ElementType.Float64, 9, 1)]
    public void Vector_TypesAndChannels_IsThatOfTheHeader(ElementType logits, int channels, int expected) =>
        Assert.Equal(expected, new DeviceProblem { Logits = logits, Shape = [1, channels, 64] }.ForSums().Vector);

    [Theory]
    [InlineData(1, 1, 16, 8192)]
    [InlineData(15, 1, 16, 8192)]
    [InlineData(16, 2, 8, 4096)]
    [InlineData(127, 8, 2, 1024)]
    [InlineData(128, 16, 1, 512)]
    [InlineData(5000, 16, 1, 512)]
    public void Parts_AnyNumberOfChannels_HaveEnoughOfThemEach(int channels, int parts, int rows, int tile)
    {
        KernelSpecialisation any = new DeviceProblem().ForSums().Fallback();
        Assert.Equal((512, parts, rows, tile), (any.Block, any.Parts(channels), any.Rows(channels), any.Tile(channels)));
    }

    [Theory]
    [InlineData(16, 128, 1, 2048)]
    [InlineData(17, 64, 2, 512)]
    [InlineData(105, 224, 7, 512)]
    public void Parts_InRegisters_HaveUpToSixteenChannelsEach(int channels, int block, int parts, int tile)
    {
        KernelSpecialisation kernel = new DeviceProblem { Shape = [1, channels, 64] }.ForSums();
        Assert.Equal((block, parts, 1, tile), (kernel.Block, kernel.Parts(channels), kernel.Rows(channels), kernel.Tile(channels)));
    }

    // That what a block shares fits is asserted where kernels are compiled, by whatever compiler. These share most.
    [Theory]
    [InlineData(Activation.Softmax, VoxelTerm.SmoothedCrossEntropy, true)]
    [InlineData(Activation.Softmax, VoxelTerm.Focal, true)]
    [InlineData(Activation.Softmax, VoxelTerm.Focal, false)]
    [InlineData(Activation.Sigmoid, VoxelTerm.Focal, true)]
    public void Compile_KernelsAtTheLimits_ShareWhatFits(Activation activation, VoxelTerm term, bool maps)
    {
        EmulatedDevice.SkipUnlessThere();
        var compiler = new EmulatedCompiler();
        foreach (ElementType logits in (ElementType[])[ElementType.Float16, ElementType.Float64])
        {
            KernelSpecialisation kernel = new DeviceProblem { Shape = [1, 256, 64], Logits = logits, Maps = maps }.ForSums() with { Activation = activation, Term = term };
            compiler.Compile(KernelSources.Of(KernelName.Sums, kernel with { Hard = HardPrediction.Argmax }), 90);
            compiler.Compile(KernelSources.Of(KernelName.Gradient, kernel), 90);
        }
    }

    [Fact]
    public void Minimum_Labels_IsFalse()
    {
        var options = new DiceOptions { Intersection = IntersectionForm.Minimum };
        Assert.False(new DeviceProblem { Options = options }.ForSums().Minimum);
        Assert.True(new DeviceProblem { Options = options, Maps = true, Targets = ElementType.Float32 }.ForSums().Minimum);
    }

    [Fact]
    public void Exponent_MoreThanTwo_IsGivenAtRunTime()
    {
        var problem = new DeviceProblem { Options = new() { Exponent = 3 } };
        Assert.Equal(0, problem.ForSums().Exponent);
        Assert.Equal(3, problem.Described().Exponent);
    }

    [Fact]
    public void ForCollect_ProblemsOfTheSameTargets_IsOneKernel() => Assert.Equal(
        new DeviceProblem().ForSums().ForCollect(),
        new DeviceProblem { Shape = [1, 1, 63], Logits = ElementType.Float64, Options = new() { Exponent = 2, HardPrediction = HardPrediction.Threshold } }.ForSums().ForCollect());

    private static string Text(KernelSpecialisation kernel) => string.Join(' ', kernel.Macros());

    private static (int, bool, bool) Layout(KernelSpecialisation kernel) => (kernel.Channels, kernel.Contiguous, kernel.Wide);
}
