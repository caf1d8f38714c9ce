using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace DiceLoss.Testing.Conformance;

// Voxel weights: what a voxel counts, and which weights are none.
public abstract partial class ProviderConformance
{
    private static readonly (TargetKind Targets, ElementType Type)[] s_targets =
        [(TargetKind.Labels, ElementType.UInt8), (TargetKind.Labels, ElementType.Int64), (TargetKind.Maps, ElementType.Int8), (TargetKind.Maps, ElementType.Float32)];

    [Fact]
    public void ForwardBackward_WeightsInDouble_AgreeWithTheirDefinitionAndCentralDifferences() => Property.Holds(
        Arb.From(
            from activation in Gen.Elements(s_activationsOfLogits)
            from options in LossOptions.WithCrossEntropy(activation.Channels, activation.Activation)
            from targets in Gen.Elements(s_targets)
            from type in Gen.Elements(Cases.LogitsTypes)
            from shared in Gen.Elements(false, true)
            from seed in Gen.Choose(0, 1000)
            select new Case
            {
                Shape = [2, activation.Channels, 6],
                LogitsType = ElementType.Float64,
                Targets = targets.Targets,
                LabelsType = targets.Type,
                WeightsType = type,
                SharedWeights = shared,
                Options = options,
                Spread = 1,
                Seed = seed,
            }), Times(150), AgreesWithItsDefinition);

    [Theory]
    [MemberData(nameof(TypesAndActivations))]
    public void ForwardBackward_EveryKernelWithWeights_AgreesWithReference(ElementType logits, int channels, Activation activation)
    {
        var kernels = from weights in Cases.LogitsTypes from targets in s_targets select (Weights: weights, targets.Targets, targets.Type);
        IEnumerable<Case> cases = kernels.Select((kernel, i) => new Case
        {
            Shape = [2, channels, 7, 19],
            LogitsType = logits,
            Targets = kernel.Targets,
            LabelsType = kernel.Type,
            WeightsType = kernel.Weights,
            SharedWeights = i % 2 == 1,
            Seed = i + 1,
            Options = new DiceOptions { Activation = activation, Exponent = 1 + ((i + 1) % 3), Reduction = i % 3 == 2 ? DiceReduction.Batch : DiceReduction.None },
        });
        foreach (Case what in Chosen(cases, (int)logits, channels, (int)activation)) Conformity.Check(Provider, what);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(30)]
    public void ForwardBackward_ConfidentLogitsWithWeights_StaysWithinTheAbsoluteBounds(double margin)
    {
        foreach ((int channels, Activation activation) in s_activationsOfLogits)
        {
            Conformity.Check(
                Provider,
                new Case { Shape = [1, channels, 1500], Margin = margin, WeightsType = ElementType.Float32, Seed = channels, Options = new DiceOptions { Activation = activation } },
                sharpScale: true);
        }
    }

    [Fact]
    public void ForwardBackward_WeightsOfOne_ChangeNothing()
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            foreach ((TargetKind targets, ElementType type) in s_targets)
            {
                var what = new Case
                {
                    Shape = [2, channels, 500],
                    Targets = targets,
                    LabelsType = type,
                    Seed = channels,
                    Options = new DiceOptions { Activation = activation, Focal = activation == Activation.None ? null : new Focal() },
                };
                foreach (ElementType weights in Cases.LogitsTypes)
                {
                    using CaseRun plain = new(what), weighted = new(what with { WeightsType = weights, SharedWeights = weights == ElementType.Float16 });
                    weighted.Weights!.Write(Array.ConvertAll(weighted.Weights.Numbers(), _ => 1.0));
                    DiceResult expected = plain.Forward(Provider), result = weighted.Forward(Provider);
                    ErrorRule.Losses(expected.Losses.ToArray(), result.Losses, null, ElementType.Float32, Math.Max(1, expected.Loss), weighted.Case.ToString());
                    double[] gradient = plain.Backward(Provider, expected);
                    ErrorRule.Gradient(gradient, weighted.Backward(Provider, result), null, ElementType.Float32, gradient.Max(Math.Abs), weighted.Case.ToString());
                }
            }
        }
    }

    [Fact]
    public void ForwardBackward_WeightTwo_IsTheVoxelTwice()
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            // The second half repeats the first; weights 2 and 0 say the same as 1 and 1.
            var what = new Case { Shape = [1, channels, 400], Seed = 3, IgnoredShare = 0, Options = new DiceOptions { Activation = activation, Exponent = 2 } };
            void Repeat(double[] values) => Repeated(values, 200);
            using CaseRun twice = new(what, Repeat, labels => labels.AsSpan(0, 200).CopyTo(labels.AsSpan(200)));
            using CaseRun once = new(what with { WeightsType = ElementType.Float32 }, Repeat, labels => labels.AsSpan(0, 200).CopyTo(labels.AsSpan(200)));
            once.Weights!.Write([.. Enumerable.Range(0, 400).Select(v => v < 200 ? 2.0 : 0)]);
            DiceResult expected = twice.Forward(Provider), result = once.Forward(Provider);
            ErrorRule.Losses(expected.Losses.ToArray(), result.Losses, null, ElementType.Float32, 1, what.ToString());
            double[] each = twice.Backward(Provider, expected);
            double[] doubled = [.. each.Select((value, i) => i % 400 < 200 ? 2 * value : 0)];
            ErrorRule.Gradient(doubled, once.Backward(Provider, result), null, ElementType.Float32, doubled.Max(Math.Abs), what.ToString());
        }

        static void Repeated(double[] values, int half)
        {
            for (int i = 0; i < values.Length; i++) values[i] = values[(i / (2 * half) * 2 * half) + (i % half)];
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void ForwardBackward_NotFiniteWhereTheWeightIsZero_ChangesNothing(double value)
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            foreach ((TargetKind targets, ElementType type) in s_targets)
            {
                var what = new Case
                {
                    Shape = [2, channels, 500],
                    Targets = targets,
                    LabelsType = type,
                    WeightsType = ElementType.Float32,
                    SharedWeights = type == ElementType.Int64,
                    Seed = 6,
                    IgnoredShare = 0,
                    Options = new DiceOptions { Activation = activation, Exponent = 2 },
                };
                using var clean = new CaseRun(what);
                double[] weights = clean.Weights!.Numbers();
                for (int i = 0; i < weights.Length; i += 97) weights[i] = -0.0; // which is no negative number
                clean.Weights.Write(weights);
                double Weight(int element) => weights[((element / (channels * 500) * 500) + (element % 500)) % weights.Length];
                using var dirty = new CaseRun(what, logits =>
                {
                    for (int i = 0; i < logits.Length; i++) logits[i] = Weight(i) == 0 ? value : logits[i];
                });
                dirty.Weights!.Write(weights);
                DiceResult expected = clean.Forward(Provider), actual = dirty.Forward(Provider);
                SameSums(expected.Sums, actual.Sums);
                double[] gradient = dirty.Backward(Provider, actual);
                ErrorRule.SameBits(clean.Backward(Provider, expected), gradient, $"{what}: gradient");
                for (int i = 0; i < gradient.Length; i++) Assert.Equal(Weight(i) == 0, gradient[i] == 0);
            }
        }
    }

    [Fact]
    public void ForwardBackward_EveryWeightZero_LossAndGradientAreZero()
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            var what = new Case { Shape = [2, channels, 300], WeightsType = ElementType.Float32, Options = new DiceOptions { Activation = activation, Smooth = 1 } };
            using var run = new CaseRun(what);
            run.Weights!.Write(new double[600]);
            DiceResult result = run.Forward(Provider);
            Assert.Equal(0, result.Loss);
            Assert.Equal(0, result.Sums[SumTerm.VoxelMass, 0][0].Value);
            Assert.All(run.Backward(Provider, result), gradient => Assert.Equal(0, gradient));
        }
    }

    [Fact]
    public void Sums_ExactWeights_AddUpToTheVoxelMass()
    {
        // Quarters, which every type holds and every sum of which is exact.
        foreach ((TargetKind targets, ElementType type) in s_targets)
        {
            foreach (ElementType weightsType in Cases.LogitsTypes)
            {
                using var run = new CaseRun(
                    new Case { Shape = [2, 3, 900], Targets = targets, LabelsType = type, WeightsType = weightsType, Options = new DiceOptions { Activation = Activation.Sigmoid } });
                run.Weights!.Write(Array.ConvertAll(run.Weights.Numbers(), weight => Math.Round(4 * weight) / 4));
                ReferenceSums[] truth = run.Truth().Sums;
                DiceSums ours = run.Forward(Provider).Sums;
                for (int n = 0; n < 2; n++) Assert.Equal(truth[n].VoxelMass, ours[SumTerm.VoxelMass, n].ToArray().Select(sum => sum.Value));
            }
        }
    }

    public static TheoryData<ElementType, double> InvalidWeights()
    {
        var data = new TheoryData<ElementType, double>();
        foreach (ElementType type in Cases.LogitsTypes)
        {
            foreach (double value in new[] { -1, -0.125, -6e-8, double.NaN, double.PositiveInfinity, double.NegativeInfinity }) data.Add(type, Elements.Rounded(value, type));
        }

        foreach (double value in new[] { -1.1, -1e-60 }) data.Add(ElementType.Float64, value);
        return data;
    }

    [Theory]
    [MemberData(nameof(InvalidWeights))]
    public void Forward_InvalidWeight_NamesTheFirstAndTheCount(ElementType type, double value)
    {
        var places =
            from kernel in s_activations
            from target in s_targets
            from place in new (int First, int Second)[] { (0, 1), (16, 1399), (700, 701), (1399, 1399) }
            select (kernel.Channels, kernel.Activation, target.Targets, target.Type, place.First, place.Second);
        foreach ((int channels, Activation activation, TargetKind targets, ElementType labels, int first, int second) in Chosen(places, (int)type))
        {
            var what = new Case { Shape = [2, channels, 2, 350], Targets = targets, LabelsType = labels, WeightsType = type, Options = new DiceOptions { Activation = activation } };
            using var run = new CaseRun(what);
            Elements.WriteNumber(run.Weights!.AddressOf(second), type, value);
            Elements.WriteNumber(run.Weights.AddressOf(first), type, value);
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
            Assert.Equal("voxelWeights", error.ParamName);
            Assert.Equal(value, error.ActualValue);
            string message = string.Create(CultureInfo.InvariantCulture,
                $"{(first == second ? 1 : 2)} voxel weight(s) are negative or not finite in Float32; the first is {value}, in sample {first / 700} at voxel [{first % 700 / 350}, {first % 350}].");
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Forward_InvalidWeightOfAllSamplesAlike_IsOne()
    {
        using var run = new CaseRun(new Case { Shape = [3, 2, 700], WeightsType = ElementType.Float32, SharedWeights = true });
        Elements.WriteNumber(run.Weights!.AddressOf(333), ElementType.Float32, -2);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
        Assert.Contains("1 voxel weight(s) are negative or not finite in Float32; the first is -2, in sample 0 at voxel [333].", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_InvalidLabelAndInvalidWeights_TellsOfTheLabelAlone()
    {
        foreach ((TargetKind targets, ElementType type) in s_targets)
        {
            foreach (int label in new[] { 5, 400, 1399 })
            {
                using var run = new CaseRun(new Case { Shape = [2, 1, 700], Targets = targets, LabelsType = type, WeightsType = ElementType.Float32, IgnoredShare = 0 });
                double[] weights = run.Weights!.Numbers();
                (weights[0], weights[400], weights[1399]) = (-1, double.NaN, -1);
                weights[5] = 0; // an invalid label is one, whatever its voxel weighs
                run.Weights.Write(weights);
                double[] values = run.Labels.Numbers();
                values[label] = 3;
                run.Labels.Write(values);
                var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
                Assert.StartsWith("1 ", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("weight", error.Message, StringComparison.Ordinal);
                Assert.Contains($"the first is 3, in sample {label / 700}", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Forward_EveryWeightInvalid_CountsThemAll()
    {
        using var run = new CaseRun(new Case { Shape = [2, 3, 7001], WeightsType = ElementType.Float16 });
        run.Weights!.Write(Array.ConvertAll(run.Weights.Numbers(), _ => double.NaN));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
        Assert.StartsWith("14002 voxel weight(s) are negative or not finite in Float32; the first is NaN, in sample 0 at voxel [0].", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_WeightsSpoiltSinceForward_Throws()
    {
        foreach ((TargetKind targets, ElementType type) in s_targets)
        {
            using var run = new CaseRun(new Case { Shape = [2, 3, 1000], Targets = targets, LabelsType = type, WeightsType = ElementType.Float32, IgnoredShare = 0 });
            DiceResult result = run.Forward(Provider);
            Elements.WriteNumber(run.Weights!.AddressOf(1700), ElementType.Float32, -1);
            BackwardOfSpoilt(run, result);
        }
    }
}
