using DiceLoss.Cuda.Tests.Emulator;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

/// <summary>A gradient that is there already stays as it is where the factor is that which it was made for, and nowhere else.</summary>
public sealed class MadeGradientTests
{
    private const double Untouched = 42;

    [Theory]
    [InlineData(5)]
    [InlineData(35)]
    [InlineData(300)]
    public void Gradient_SameFactor_StaysAsItIs(int channels)
    {
        double[] gradient = Backward(channels, DiceReduction.Mean, [], [3], [3]);
        Assert.All(gradient, number => Assert.Equal(Untouched, number));
    }

    [Theory]
    [InlineData(5, 3.000001)]
    [InlineData(300, 3.000001)]
    [InlineData(5, double.NaN)]
    public void Gradient_OtherFactor_IsWritten(int channels, double madeFor)
    {
        double[] gradient = Backward(channels, DiceReduction.Mean, [], [3], [madeFor]);
        Assert.DoesNotContain(Untouched, gradient);
    }

    [Fact]
    public void Gradient_NoFactorGiven_IsOne()
    {
        Assert.All(Backward(5, DiceReduction.Mean, [], null, [1]), number => Assert.Equal(Untouched, number));
        Assert.DoesNotContain(Untouched, Backward(5, DiceReduction.Mean, [], null, [2]));
    }

    [Fact]
    public void Gradient_FactorOfOneSample_ThatSampleIsWritten()
    {
        double[] gradient = Backward(5, DiceReduction.None, [2], [3, 4], [3, 5]);
        Assert.All(gradient[..(gradient.Length / 2)], number => Assert.Equal(Untouched, number));
        Assert.DoesNotContain(Untouched, gradient[(gradient.Length / 2)..]);
    }

    [Fact]
    public void Gradient_FactorOfOneClass_TheSampleIsWritten()
    {
        double[] same = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], other = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11];
        double[] gradient = Backward(5, DiceReduction.PerClass, [2, 5], same, other);
        Assert.All(gradient[..(gradient.Length / 2)], number => Assert.Equal(Untouched, number));
        Assert.DoesNotContain(Untouched, gradient[(gradient.Length / 2)..]);
    }

    private static double[] Backward(int channels, DiceReduction reduction, long[] shape, double[]? upstream, double[] madeFor)
    {
        using var provider = new EmulatedProvider();
        using var run = new CaseRun(new Case { Shape = [2, channels, 300], IgnoredShare = 0, Options = new DiceOptions { Reduction = reduction, Smooth = 1 } });
        using TensorBuffer factor = TensorBuffer.Of(ElementType.Float64, shape, upstream ?? madeFor), before = TensorBuffer.Of(ElementType.Float64, shape, madeFor);
        DiceResult result = run.Forward(provider);
        run.Gradient.Write([.. Enumerable.Repeat(Untouched, (int)run.Case.Voxels * channels * 2)]);
        Dice.Backward(
            result, run.Logits.Descriptor, run.Targets, upstream is null ? default : factor.Descriptor, run.Gradient.Descriptor,
            provider: provider, madeFor: before.Descriptor);
        return run.Gradient.Numbers();
    }
}
