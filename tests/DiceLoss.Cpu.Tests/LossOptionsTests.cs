using DiceLoss.Testing;
using FsCheck.Fluent;

namespace DiceLoss.Cpu.Tests;

/// <summary>Every combination of options from logits to gradient, in double, against the definition and its central differences.</summary>
public sealed class LossOptionsTests
{
    [Fact]
    public void ForwardBackward_AnyOptions_AgreeWithTheDefinition() => Property.Holds(
        Arb.From(
            from channels in Gen.Elements(1, 2, 3, 4)
            from activation in Gen.Elements(channels == 1 ? [Activation.TwoClassSigmoid] : new[] { Activation.Softmax, Activation.Softmax, Activation.Sigmoid })
            from options in LossOptions.Generator(channels == 1 ? 2 : channels)
            from ignoreLabel in Gen.Elements<long>(-1, 0)
            from seed in Gen.Choose(0, 1000)
            select new Case
            {
                Shape = [2, channels, 5],
                LogitsType = ElementType.Float64,
                Options = options with { Activation = activation, IgnoreLabel = ignoreLabel },
                Spread = 1,
                Seed = seed,
            }), 400, Holds);

    private static void Holds(Case what)
    {
        using var run = new CaseRun(what);
        double[] logits = run.Logits.Numbers();
        long[] labels = run.Labels.Integers();
        DiceResult result = run.Forward(CpuProvider.Shared);
        double[] truth = Truth();
        Assert.Equal(truth.Length, result.Losses.Length);
        for (int i = 0; i < truth.Length; i++) Assert.Equal(truth[i], result.Losses[i], 1e-11 * Math.Max(1, Math.Abs(truth[i])));

        // A factor of its own for every loss.
        long[] shape = what.Options.Reduction switch
        {
            DiceReduction.None => [what.Samples],
            DiceReduction.PerClass => [what.Samples, what.Classes],
            _ => [],
        };
        double[] factors = [.. truth.Select((_, i) => 1 + (0.3 * i))];
        using TensorBuffer upstream = TensorBuffer.Of(ElementType.Float64, shape, factors);
        Dice.Backward(result, run.Logits.Descriptor, run.Labels.Descriptor, upstream.Descriptor, run.Gradient.Descriptor, provider: CpuProvider.Shared);
        double[] gradient = run.Gradient.Numbers();
        double[] differences = CentralDifferences.Of(logits, () => Truth().Select((loss, i) => factors[i] * loss).Sum());
        double largest = differences.Max(Math.Abs);
        for (int i = 0; i < gradient.Length; i++)
        {
            Assert.True(Math.Abs(differences[i] - gradient[i]) <= 1e-9 + (1e-7 * largest), $"{what}, {what.Options}: [{i}] is {gradient[i]:R}, differences give {differences[i]:R}");
        }

        double[] Truth() => LossReference.Losses(Reference.Losses(what.Shape, logits, labels, what.Options).Sums, what.Options);
    }
}
