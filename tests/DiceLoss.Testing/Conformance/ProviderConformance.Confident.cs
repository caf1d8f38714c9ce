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

    // Beside a power of 1, those of the other classes are each less than half of what a sum of float32 is rounded by.
    [Theory]
    [InlineData(17)]
    [InlineData(105)]
    [InlineData(300)]
    public void ForwardBackward_AllRightAmongManyClasses_MissesNoneOfTheOthers(int channels)
    {
        DiceOptions[] losses =
        [
            new(),
            new() { Overlap = Overlap.Jaccard },
            new() { CrossEntropy = new CrossEntropy() },
            new() { OverlapWeight = 0, CrossEntropy = new CrossEntropy { LabelSmoothing = 0.1 } },
        ];
        foreach (DiceOptions options in losses)
        {
            foreach (ElementType type in new[] { ElementType.Float32, ElementType.BFloat16 })
            {
                var what = new Case
                {
                    Shape = [1, channels, 2 * channels],
                    LogitsType = type,
                    LabelsType = ElementType.Int16,
                    Margin = 17.35,
                    AllRight = true,
                    IgnoredShare = 0,
                    Options = options,
                };
                Agreement.Holds(Provider, ReferenceProvider.Shared, what, ofSums: false);
            }
        }
    }

    // The factor of its targets, of which it has none, may be beyond float32.
    [Theory]
    [InlineData(Activation.Sigmoid, TargetKind.Maps, -46, 2)]
    [InlineData(Activation.Softmax, TargetKind.Maps, -46, 2)]
    [InlineData(Activation.Softmax, TargetKind.Maps, -82, 1)]
    [InlineData(Activation.Softmax, TargetKind.Labels, -46, 2)]
    public void ForwardBackward_AnAbsentClassThatNobodyPredicts_HasAGradientOfZero(Activation activation, TargetKind targets, double logit, int exponent)
    {
        foreach (ClassPooling pooling in new[] { ClassPooling.None, ClassPooling.Uniform })
        {
            var what = new Case
            {
                Shape = [1, 3, 40],
                Targets = targets,
                OneHot = true,
                LabelsType = ElementType.UInt8,
                WeightsType = ElementType.Float32,
                IgnoredShare = 0,
                Upstream = UpstreamKind.Scalar,
                UpstreamFactor = 65536,
                Options = new DiceOptions { Activation = activation, Exponent = exponent, ClassPooling = pooling },
            };
            using var run = new CaseRun(what, logits =>
            {
                for (int i = 0; i < logits.Length; i++) logits[i] = i / 40 == 2 ? logit : 0.1 * (i % 7);
            });
            double[] numbers = run.Labels.Numbers();
            for (int i = 0; i < numbers.Length; i++) numbers[i] = targets == TargetKind.Labels ? numbers[i] % 2 : i / 40 == 2 ? 0 : numbers[i];
            run.Labels.Write(numbers);

            DiceResult result = run.Forward(Provider);
            double[] gradient = run.Backward(Provider, result);
            Assert.True(double.IsFinite(result.Loss), $"{what}: loss {result.Loss}");
            Assert.All(gradient, value => Assert.True(double.IsFinite(value), what.ToString()));
            Assert.All(gradient[80..], value => Assert.Equal(0, value, 1e-6));
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
