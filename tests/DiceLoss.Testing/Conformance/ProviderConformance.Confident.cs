namespace DiceLoss.Testing.Conformance;

// Confident predictions: where a naive gradient cancels.
public abstract partial class ProviderConformance
{
    public static TheoryData<double, int, int> Margins()
    {
        var data = new TheoryData<double, int, int>();
        foreach (double margin in new[] { 4.0, 8, 12, 16, 20, 25, 30 })
        {
            foreach (int channels in new[] { 1, 2, 5, 20 })
            {
                data.Add(margin, channels, 1);
                data.Add(margin, channels, 2);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Margins))]
    public void ForwardBackward_ConfidentLogits_StaysWithinTheAbsoluteBounds(double margin, int channels, int exponent)
    {
        foreach (ElementType type in Chosen(Cases.LogitsTypes, (int)margin, channels, exponent))
        {
            Conformity.Check(
                Provider,
                new Case
                {
                    Shape = [1, channels, 2000],
                    LogitsType = type,
                    Margin = margin,
                    Seed = channels,
                    Upstream = UpstreamKind.Scalar,
                    UpstreamFactor = 4096,
                    Options = new DiceOptions { Exponent = exponent },
                },
                sharpScale: type != ElementType.Float64);
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(30)]
    public void ForwardBackward_ConfidentSigmoid_StaysWithinTheAbsoluteBounds(double margin) => Conformity.Check(
        Provider,
        new Case { Shape = [1, 3, 2000], Margin = margin, Options = new DiceOptions { Activation = Activation.Sigmoid } },
        sharpScale: true);

    [Theory]
    [InlineData(ElementType.Float32, 100)]
    [InlineData(ElementType.Float32, 1e4)]
    [InlineData(ElementType.Float32, 3e38)]
    [InlineData(ElementType.Float64, 1e300)]
    [InlineData(ElementType.Float16, 60000)]
    [InlineData(ElementType.BFloat16, 3e38)]
    public void ForwardBackward_HugeLogits_AreFiniteAndRight(ElementType type, double size)
    {
        foreach (int channels in new[] { 1, 3 })
        {
            foreach (Activation activation in new[] { Activation.Auto, Activation.Sigmoid })
            {
                var what = new Case { Shape = [1, channels, 200], LogitsType = type, Seed = 2, Options = new DiceOptions { Activation = activation, Smooth = 1 } };
                using var run = new CaseRun(what, logits =>
                {
                    for (int i = 0; i < logits.Length; i++) logits[i] = i % 7 == 0 ? logits[i] : i % 2 == 0 ? size : -size;
                });
                Conformity.Check(Provider, run);
            }
        }
    }

    [Fact]
    public void Forward_LargeShift_ChangesNothing()
    {
        var what = new Case { Shape = [1, 4, 300], Seed = 3, LogitsType = ElementType.Float64 };
        using var run = new CaseRun(what);
        using var shifted = new CaseRun(what, logits =>
        {
            for (int i = 0; i < logits.Length; i++) logits[i] = (Math.Round(logits[i] * 1024) / 1024) + 1e6;
        });
        run.Logits.Write(Array.ConvertAll(shifted.Logits.Numbers(), value => value - 1e6));
        Assert.Equal(run.Forward(Provider).Loss, shifted.Forward(Provider).Loss, 1e-13);
    }

    [Theory]
    [InlineData(ElementType.Float16, 65536)]
    [InlineData(ElementType.Float16, 1024)]
    [InlineData(ElementType.BFloat16, 50000)]
    public void Backward_LossScaling_IsAppliedBeforeRounding(ElementType type, double scale)
    {
        // Unscaled, some gradients here are below the smallest subnormal Half (6e-8); scaled, each keeps the precision of its type. That of
        // BFloat16 shows by a factor that is no power of two: one commutes with rounding.
        var what = new Case
        {
            Shape = [1, 2, 40_000],
            LogitsType = type,
            Seed = 4,
            Spread = 6,
            Upstream = UpstreamKind.Scalar,
            UpstreamFactor = scale,
        };
        using var run = new CaseRun(what);
        Conformity.Check(Provider, run);
        double[] gradient = run.Backward(Provider, run.Forward(Provider));
        Assert.Contains(gradient, value => value != 0 && Math.Abs(value) < 6e-8 * scale);
    }
}
