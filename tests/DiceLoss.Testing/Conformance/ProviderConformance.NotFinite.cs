namespace DiceLoss.Testing.Conformance;

// What is not a number shows, in its sample and nowhere else.
public abstract partial class ProviderConformance
{
    private static readonly int[] s_positions = [0, 1, 15, 16, 31, 63, 200, 255, 256, 300];

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float64)]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.BFloat16)]
    public void ForwardBackward_NaNInAnyClassAndPosition_MakesItsSampleNaN(ElementType type)
    {
        foreach ((int channels, Activation activation) in new[] { (1, Activation.Auto), (2, Activation.Auto), (3, Activation.Auto), (3, Activation.Sigmoid), (2, Activation.None) })
        {
            foreach (int position in s_positions)
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    var what = new Case
                    {
                        Shape = [2, channels, 301],
                        LogitsType = type,
                        IgnoredShare = 0,
                        Options = new DiceOptions { Activation = activation, Reduction = DiceReduction.None },
                    };
                    BadSampleOnly(what, Enumerable.Repeat((channel, double.NaN), 1), position);
                }
            }
        }
    }

    // A loss that leaves a class out does not hide what its gradient shows.
    [Fact]
    public void ForwardBackward_NaNInAClassWithoutALoss_MakesItsSampleNaN()
    {
        var what = new Case { Shape = [2, 3, 301], IgnoredShare = 0, Options = new DiceOptions { Activation = Activation.Sigmoid, Reduction = DiceReduction.None } };
        Case[] cases =
        [
            what with { Options = what.Options with { IgnoreChannel = 1 } },
            what with { Options = what.Options with { IncludedClasses = [0, 2], ClassPooling = ClassPooling.Uniform } },
            what with { Options = what.Options with { ClassWeights = [1, 0, 1] } },
            what with { PartlyAnnotated = true, Seed = 3 },
        ];
        foreach (Case one in cases)
        {
            for (int channel = 0; channel < 3; channel++) BadSampleOnly(one, [(channel, double.NaN)], 200);
        }
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float64)]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.BFloat16)]
    public void ForwardBackward_PlusInfinityOrAllMinusInfinity_MakesItsSampleNaN(ElementType type)
    {
        for (int channels = 1; channels <= 3; channels++)
        {
            var what = new Case { Shape = [2, channels, 301], LogitsType = type, IgnoredShare = 0, Options = new DiceOptions { Reduction = DiceReduction.None } };
            foreach (int position in s_positions)
            {
                for (int channel = 0; channel < channels; channel++) BadSampleOnly(what, [(channel, double.PositiveInfinity)], position);
                if (channels > 1) BadSampleOnly(what, Enumerable.Range(0, channels).Select(channel => (channel, double.NegativeInfinity)), position);
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float64)]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.BFloat16)]
    public void ForwardBackward_MinusInfinityBesideFiniteLogits_IsProbabilityZero(ElementType type)
    {
        foreach ((int channels, int exponent) in new[] { (2, 1), (2, 2), (3, 1), (3, 2) })
        {
            var what = new Case { Shape = [1, channels, 301], LogitsType = type, Seed = 1, Options = new DiceOptions { Exponent = exponent } };
            foreach (int position in s_positions)
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    using var run = new CaseRun(what, logits => logits[(channel * 301) + position] = double.NegativeInfinity);
                    Conformity.Check(Provider, run);
                }
            }
        }
    }

    [Fact]
    public void ForwardBackward_MinusInfinityInOneChannel_IsCertainlyBackground()
    {
        using var run = new CaseRun(new Case { Shape = [1, 1, 100], Seed = 1 }, logits => logits[3] = logits[70] = double.NegativeInfinity);
        Conformity.Check(Provider, run);
    }

    [Fact]
    public void ForwardBackward_InfiniteSigmoidLogits_AreCertain()
    {
        using var run = new CaseRun(
            new Case { Shape = [1, 2, 100], Seed = 1, Options = new DiceOptions { Activation = Activation.Sigmoid } },
            logits => (logits[3], logits[70], logits[101], logits[199]) =
                (double.PositiveInfinity, double.NegativeInfinity, double.NegativeInfinity, double.PositiveInfinity));
        Conformity.Check(Provider, run);
        double[] gradient = run.Backward(Provider, run.Forward(Provider));
        Assert.Equal([0, 0, 0, 0], new[] { gradient[3], gradient[70], gradient[101], gradient[199] }.Select(Math.Abs));
    }

    [Theory]
    [InlineData(DiceReduction.Mean)]
    [InlineData(DiceReduction.Sum)]
    [InlineData(DiceReduction.Batch)]
    public void ForwardBackward_NaNInOneSample_MakesTheScalarLossNaN(DiceReduction reduction)
    {
        using var run = new CaseRun(
            new Case { Shape = [3, 2, 40], IgnoredShare = 0, Options = new DiceOptions { Reduction = reduction } }, logits => logits[100] = double.NaN);
        DiceResult result = run.Forward(Provider);
        Assert.True(double.IsNaN(result.Loss));
        double[] gradient = run.Backward(Provider, result);
        for (int i = 0; i < gradient.Length; i++)
        {
            bool poisoned = reduction == DiceReduction.Batch || i / 80 == 1;
            Assert.True(double.IsNaN(gradient[i]) == poisoned, $"{reduction}: gradient [{i}] is {gradient[i]}.");
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void ForwardBackward_NotFiniteInIgnoredVoxels_ChangesNothing(double value)
    {
        (int, Activation)[] kinds = [(1, Activation.Auto), (4, Activation.Auto), (19, Activation.Auto), (300, Activation.Auto), (3, Activation.Sigmoid), (2, Activation.None)];
        foreach ((int channels, Activation activation) in kinds)
        {
            var what = new Case { Shape = [2, channels, 700], IgnoredShare = 0.3, Seed = 6, Options = new DiceOptions { Activation = activation, Exponent = 2 } };
            using var clean = new CaseRun(what);
            long[] labels = clean.Labels.Integers();
            using var dirty = new CaseRun(what, logits =>
            {
                for (int i = 0; i < logits.Length; i++)
                {
                    if (labels[(i / (channels * 700) * 700) + (i % 700)] == -1) logits[i] = value;
                }
            });
            DiceResult expected = clean.Forward(Provider), actual = dirty.Forward(Provider);
            SameSums(expected.Sums, actual.Sums);
            ErrorRule.SameBits(clean.Backward(Provider, expected), dirty.Backward(Provider, actual), "gradient");
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(0)]
    public void Backward_NotFiniteOrZeroUpstream_PassesThrough(double factor)
    {
        var what = new Case { Shape = [3, 3, 100], IgnoredShare = 0.2, Upstream = UpstreamKind.PerSample, Options = new DiceOptions { Reduction = DiceReduction.None } };
        using var run = new CaseRun(what);
        DiceResult result = run.Forward(Provider);
        run.Upstream!.Write([1.0, 1.0, 1.0]);
        double[] plain = run.Backward(Provider, result);
        run.Upstream.Write([1.0, factor, 1.0]);
        double[] scaled = run.Backward(Provider, result);
        long[] labels = run.Labels.Integers();
        for (int i = 0; i < plain.Length; i++)
        {
            int sample = i / 300;
            bool ignored = labels[(sample * 100) + (i % 100)] == -1;
            double expected = sample != 1 ? plain[i] : ignored || factor == 0 ? 0 : double.NaN;
            bool right = double.IsNaN(expected) ? !double.IsFinite(scaled[i]) : scaled[i] == expected;
            Assert.True(right, $"[{i}] is {scaled[i]}, not {expected} (or infinite where NaN is expected).");
        }
    }

    // Sample 1 gets the values at a position; its loss and gradient must be NaN, those of sample 0 as ever.
    private void BadSampleOnly(Case what, IEnumerable<(int Channel, double Value)> values, int position)
    {
        int perSample = what.Channels * (int)what.Voxels;
        using var clean = new CaseRun(what);
        using var run = new CaseRun(what, logits =>
        {
            foreach ((int channel, double value) in values) logits[perSample + (channel * (int)what.Voxels) + position] = value;
        });
        DiceResult result = run.Forward(Provider), expected = clean.Forward(Provider);
        Assert.Equal(expected.Losses[0], result.Losses[0]);
        Assert.True(double.IsNaN(result.Losses[1]), $"{what}, position {position}, {string.Join(' ', values)}: the loss is {result.Losses[1]}.");
        double[] gradient = run.Backward(Provider, result);
        ErrorRule.SameBits(clean.Backward(Provider, expected)[..perSample], gradient[..perSample], $"{what}: gradient of the sound sample");
        Assert.True(gradient[perSample..].All(double.IsNaN), $"{what}, position {position}: the gradient holds numbers.");
    }
}
