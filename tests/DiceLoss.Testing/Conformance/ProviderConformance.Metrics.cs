namespace DiceLoss.Testing.Conformance;

// Hard counts: what is predicted, exactly, and metrics of it.
public abstract partial class ProviderConformance
{
    [Theory]
    [MemberData(nameof(TypesAndActivations))]
    public void Forward_EveryKernelWithHardCounts_CountsAsDefined(ElementType logits, int channels, Activation activation)
    {
        var kernels =
            from targets in s_targets
            where !targets.Type.IsFloatingPoint()
            from prediction in new[] { HardPrediction.Argmax, HardPrediction.Threshold }
            from weights in new ElementType?[] { null, ElementType.Float32, ElementType.Float16 }
            select (targets.Targets, targets.Type, Prediction: prediction, Weights: weights);
        IEnumerable<Case> cases = kernels.Select((kernel, i) => new Case
        {
            Shape = [2, channels, 3, 179],
            LogitsType = logits,
            Targets = kernel.Targets,
            LabelsType = kernel.Type,
            WeightsType = kernel.Weights,
            Seed = i + 1,

            // Whether the most probable class may be one that does not count in its voxel is nobody's concern where all do.
            IgnoredShare = kernel.Targets == TargetKind.Maps && activation is Activation.Sigmoid or Activation.None ? 0 : 0.15,
            Options = new DiceOptions { Activation = activation, HardPrediction = kernel.Prediction, Focal = i % 2 == 1 && activation != Activation.None ? new Focal() : null },
        });
        cases = cases.Where(what => what.Options.HardPrediction != HardPrediction.Argmax || what.Classes > 1);
        foreach (Case what in Chosen(cases, (int)logits, channels, (int)activation))
        {
            using CaseRun run = WithQuarters(what);
            DiceSums ours = run.Forward(Provider).Sums;
            ReferenceSums[] truth = run.Truth().Sums;
            for (int n = 0; n < 2; n++)
            {
                // Sums of quarters are exact.
                Assert.Equal(truth[n].HardIntersection, ours[SumTerm.HardIntersection, n].ToArray().Select(sum => sum.Value));
                Assert.Equal(truth[n].HardPredictionMass, ours[SumTerm.HardPredictionMass, n].ToArray().Select(sum => sum.Value));
                Assert.Equal(truth[n].LabelMass, ours[SumTerm.LabelMass, n].ToArray().Select(sum => sum.Value));
            }
        }
    }

    [Fact]
    public void Forward_EveryClassAlike_TheFirstIsPredictedOrNoneIs()
    {
        foreach ((int channels, Activation activation) in s_activations.Where(kernel => kernel is not (1, Activation.Sigmoid)))
        {
            foreach (ElementType type in Cases.LogitsTypes)
            {
                // Probabilities of 1/2 where classes do not compete or are two: not greater than 1/2.
                var what = new Case { Shape = [1, channels, 77], LogitsType = type, IgnoredShare = 0, Options = new DiceOptions { Activation = activation, HardPrediction = HardPrediction.Argmax } };
                using var argmax = new CaseRun(what, logits => Array.Fill(logits, activation == Activation.None ? 0.5 : 0));
                using var threshold = new CaseRun(
                    what with { Options = what.Options with { HardPrediction = HardPrediction.Threshold } }, logits => Array.Fill(logits, activation == Activation.None ? 0.5 : 0));
                double[] first = new double[what.Classes];
                first[0] = 77;
                Assert.Equal(first, argmax.Forward(Provider).Sums[SumTerm.HardPredictionMass, 0].ToArray().Select(sum => sum.Value));
                Assert.All(threshold.Forward(Provider).Sums[SumTerm.HardPredictionMass, 0].ToArray(), sum => Assert.Equal(0, sum.Value));
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float64)]
    [InlineData(ElementType.BFloat16)]
    public void Forward_NaNProbability_PredictsNothing(ElementType type)
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            foreach (HardPrediction prediction in new[] { HardPrediction.Argmax, HardPrediction.Threshold })
            {
                var what = new Case { Shape = [1, channels, 101], LogitsType = type, IgnoredShare = 0, Options = new DiceOptions { Activation = activation, HardPrediction = prediction } };
                if (prediction == HardPrediction.Argmax && what.Classes == 1) continue;
                using CaseRun clean = new(what), dirty = new(what, logits =>
                {
                    for (int c = 0; c < channels; c++) logits[(c * 101) + 40] = double.NaN;
                });
                double[] expected = [.. dirty.Truth().Sums[0].HardPredictionMass];
                double[] ours = [.. dirty.Forward(Provider).Sums[SumTerm.HardPredictionMass, 0].ToArray().Select(sum => sum.Value)];
                Assert.Equal(expected, ours);
                if (prediction == HardPrediction.Argmax) Assert.Equal(100, ours.Sum());
                Assert.True(ours.Sum() <= clean.Truth().Sums[0].HardPredictionMass.Sum());
            }
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Forward_NotFiniteLogitOfOneClass_PredictsAsDefined(double value)
    {
        foreach ((int channels, Activation activation) in s_activationsOfLogits)
        {
            foreach (ElementType type in Cases.LogitsTypes)
            {
                foreach (TargetKind targets in Enum.GetValues<TargetKind>())
                {
                    for (int channel = 0; channel < channels; channel++)
                    {
                        var what = new Case
                        {
                            Shape = [1, channels, 101],
                            LogitsType = type,
                            Targets = targets,
                            IgnoredShare = 0,
                            Options = new DiceOptions { Activation = activation, HardPrediction = HardPrediction.Argmax },
                        };
                        if (what.Classes == 1) continue;
                        using var run = new CaseRun(what, logits => logits[(channel * 101) + 40] = value);
                        double[] expected = [.. run.Truth().Sums[0].HardPredictionMass];
                        Assert.Equal(expected, run.Forward(Provider).Sums[SumTerm.HardPredictionMass, 0].ToArray().Select(sum => sum.Value));

                        // Where classes compete, none of them has a probability.
                        Assert.Equal(activation == Activation.Sigmoid ? 101 : 100, expected.Sum());
                    }
                }
            }
        }
    }

    [Fact]
    public void Forward_HardCounts_ChangeNeitherLossNorGradient()
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            var what = new Case { Shape = [2, channels, 300], Options = new DiceOptions { Activation = activation, CrossEntropy = activation == Activation.None ? null : new CrossEntropy() } };
            using CaseRun plain = new(what), counted = new(what with { Options = what.Options with { HardPrediction = HardPrediction.Threshold } });
            DiceResult expected = plain.Forward(Provider), result = counted.Forward(Provider);
            ErrorRule.Losses(expected.Losses.ToArray(), result.Losses, null, ElementType.Float32, Math.Max(1, expected.Loss), counted.Case.ToString());
            double[] gradient = plain.Backward(Provider, expected);
            ErrorRule.Gradient(gradient, counted.Backward(Provider, result), null, ElementType.Float32, gradient.Max(Math.Abs), counted.Case.ToString());
            Assert.Throws<InvalidOperationException>(() => expected.Metrics);
        }
    }

    [Fact]
    public void Forward_ConfidentAndRight_MetricsAreOne()
    {
        foreach ((int channels, Activation activation) in s_activationsOfLogits)
        {
            var what = new Case { Shape = [2, channels, 200], Options = new DiceOptions { Activation = activation, HardPrediction = HardPrediction.Threshold } };
            using var run = new CaseRun(what);
            long[] labels = run.Labels.Integers();
            run.Logits.Write([.. Enumerable.Range(0, 2 * channels * 200).Select(i =>
                labels[(i / (channels * 200) * 200) + (i % 200)] == (channels == 1 ? 1 : i / 200 % channels) ? 9.0 : -9)]);
            DiceMetrics metrics = run.Forward(Provider).Metrics;
            for (int n = 0; n < 2; n++)
            {
                for (int k = 0; k < what.Classes; k++) Assert.Equal((1.0, 1.0), (metrics.Dice(n, k), metrics.Iou(n, k)));
            }

            Assert.Equal(1, metrics.Mean());
        }
    }

    // Logits and weights that are multiples of 1/4: ties are ties in every precision, and nothing else is near one.
    private static CaseRun WithQuarters(Case what)
    {
        var run = new CaseRun(what);
        run.Logits.Write(Array.ConvertAll(run.Logits.Numbers(), Quarters));
        run.Weights?.Write(Array.ConvertAll(run.Weights.Numbers(), Quarters));
        return run;

        static double Quarters(double value) => Math.Round(4 * value) / 4;
    }
}
