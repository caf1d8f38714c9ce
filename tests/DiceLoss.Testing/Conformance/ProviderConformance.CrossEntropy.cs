using FsCheck.Fluent;

namespace DiceLoss.Testing.Conformance;

// The voxel terms beside the overlap.
public abstract partial class ProviderConformance
{
    [Fact]
    public void ForwardBackward_CrossEntropyInDouble_AgreesWithItsDefinitionAndCentralDifferences() => Property.Holds(
        Arb.From(
            from activation in Gen.Elements(s_activationsOfLogits)
            from options in LossOptions.WithCrossEntropy(activation.Channels, activation.Activation)
            from ignoreLabel in Gen.Elements<long>(-1, 0)
            from seed in Gen.Choose(0, 1000)
            select new Case
            {
                Shape = [2, activation.Channels, 5],
                LogitsType = ElementType.Float64,
                Options = options with { IgnoreLabel = ignoreLabel },
                Spread = 2,
                Seed = seed,
            }), Times(200), AgreesWithItsDefinition);

    [Theory]
    [InlineData(ElementType.Float32, null)]
    [InlineData(ElementType.Float32, 4.0)]
    [InlineData(ElementType.Float32, 12.0)]
    [InlineData(ElementType.Float32, 30.0)]
    [InlineData(ElementType.BFloat16, 8.0)]
    [InlineData(ElementType.Float16, null)]
    public void ForwardBackward_CrossEntropyAtAnyMargin_IsWithinItsBounds(ElementType type, double? margin)
    {
        foreach (int channels in new[] { 1, 2, 5, 33 })
        {
            foreach (double smoothing in new[] { 0, 0.1 })
            {
                var what = new Case
                {
                    Shape = [2, channels, 1031],
                    LogitsType = type,
                    Margin = margin,
                    Options = new DiceOptions { CrossEntropy = new CrossEntropy { LabelSmoothing = smoothing } },
                };
                using var run = new CaseRun(what);
                using var wide = new CaseRun(what with { LogitsType = ElementType.Float64 }, logits => run.Logits.Numbers().CopyTo(logits, 0));
                DiceResult ours = run.Forward(Provider), truth = wide.Forward(ReferenceProvider.Shared);
                Assert.Equal(truth.Loss, ours.Loss, truth.Loss / (1 << 22));

                double[] expected = wide.Backward(ReferenceProvider.Shared, truth), gradient = run.Backward(Provider, ours);
                ErrorRule.Gradient(expected, gradient, plain: null, type, expected.Max(Math.Abs), $"{Provider.Name} {what} smoothing {smoothing}");
            }
        }
    }

    [Fact]
    public void ForwardBackward_EveryVoxelIgnored_CrossEntropyIsZero()
    {
        using var run = new CaseRun(new Case { Shape = [1, 3, 70], IgnoredShare = 1, Options = new DiceOptions { CrossEntropy = new CrossEntropy() } });
        DiceResult result = run.Forward(Provider);
        Assert.Equal(0, result.Loss);
        Assert.All(run.Backward(Provider, result), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Forward_LogitNotANumber_CrossEntropyIsNotANumberUnlessItsVoxelIsIgnored()
    {
        foreach (bool ignored in new[] { false, true })
        {
            foreach (double smoothing in new[] { 0, 0.1 })
            {
                using var run = new CaseRun(
                    new Case { Shape = [1, 3, 70], IgnoredShare = 0, Options = new DiceOptions { OverlapWeight = 0, CrossEntropy = new CrossEntropy { LabelSmoothing = smoothing } } },
                    logits => logits[(2 * 70) + 40] = double.NaN,
                    labels => labels[40] = ignored ? -1 : 0);
                Assert.Equal(!ignored, double.IsNaN(run.Forward(Provider).Loss));
            }
        }
    }
}
