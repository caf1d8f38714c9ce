namespace DiceLoss.Testing.Conformance;

// Sums merge, and order does not matter.
public abstract partial class ProviderConformance
{
    [Theory]
    [InlineData(ElementType.Float32, 4)]
    [InlineData(ElementType.Float64, 3)]
    [InlineData(ElementType.BFloat16, 1)]
    public void Sums_SplitAtTiles_MergeToTheSameBits(ElementType type, int channels)
    {
        int voxels = (11 * TileVoxels) + 77;
        using var run = new CaseRun(new Case { Shape = [2, channels, voxels], LogitsType = type, Seed = 5 });
        MergeTiles(run, [[1], [10], [3, 4], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 5, 11]], channels);
    }

    [Theory]
    [InlineData(TargetKind.Labels, ElementType.Int16, 3)]
    [InlineData(TargetKind.Maps, ElementType.UInt8, 3)]
    [InlineData(TargetKind.Maps, ElementType.Float32, 1)]
    public void Sums_WeightedWithVoxelTermsSplitAtTiles_MergeToTheSameBits(TargetKind targets, ElementType type, int channels)
    {
        var what = new Case
        {
            Shape = [2, channels, (11 * TileVoxels) + 77],
            Targets = targets,
            LabelsType = type,
            WeightsType = ElementType.Float32,
            SharedWeights = channels == 1,
            Options = new DiceOptions
            {
                Focal = new Focal(),
                CrossEntropy = new CrossEntropy(),
                HardPrediction = type.IsFloatingPoint() ? HardPrediction.None : HardPrediction.Argmax,
            },
        };
        using var run = new CaseRun(what);
        DiceResult whole = MergeTiles(run, [[1], [3, 4], [2, 5, 11]], (int)type, channels);

        // Anywhere else, the loss of the whole.
        DiceResult merged = Dice.Evaluate(Merged(run, Parts(run, [1, (int)what.Voxels / 3, (int)what.Voxels - 1]).Reverse()), what.Options);
        ErrorRule.Losses(whole.Losses.ToArray(), merged.Losses, null, whole.LossType, whole.Loss, run.Case.ToString());
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float16)]
    public void Sums_SplitAnywhere_GiveTheLossOfTheWhole(ElementType type)
    {
        var random = new Random(1);
        using var run = new CaseRun(new Case { Shape = [2, 5, 3001], LogitsType = type, Seed = 6, Options = new DiceOptions { Reduction = DiceReduction.None } });
        ReferenceResult truth = run.Truth();
        for (int i = 0; i < 20; i++)
        {
            int[] cuts = [.. Enumerable.Range(0, 1 + (i % 5)).Select(_ => random.Next(3002)).Order()];
            IEnumerable<DiceSums> parts = Parts(run, cuts);
            DiceResult result = Dice.Evaluate(Merged(run, i % 2 == 1 ? parts.Reverse() : parts), run.Case.Options);
            ErrorRule.Losses(truth.Losses, result.Losses, null, result.LossType, 1, $"cuts {string.Join(", ", cuts)}");
        }
    }

    [Fact]
    public void Backward_PartsWithTheResultOfTheWhole_GiveTheGradientOfTheWhole()
    {
        using var run = new CaseRun(new Case { Shape = [2, 4, 900], Seed = 8, Upstream = UpstreamKind.Scalar });
        DiceResult whole = run.Forward(Provider);
        double[] expected = run.Backward(Provider, whole);
        DiceResult merged = Dice.Evaluate(Merged(run, Parts(run, [333])), run.Case.Options);
        double scale = expected.Max(Math.Abs);
        for (int first = 0, end = 333; first < 900; (first, end) = (end, 900))
        {
            (long[] logitsShape, long[] labelsShape) = ([2, 4, end - first], [2, end - first]);
            using var gradient = new TensorBuffer(ElementType.Float32, logitsShape);
            Dice.Backward(
                merged,
                new TensorDescriptor(run.Logits.AddressOf(first), Device.Cpu, ElementType.Float32, logitsShape, run.Logits.Strides),
                new TensorDescriptor(run.Labels.AddressOf(first), Device.Cpu, ElementType.Int64, labelsShape, run.Labels.Strides),
                run.Upstream!.Descriptor, gradient.Descriptor, provider: Provider);
            double[] ours = gradient.Numbers();
            double[] part = [.. Enumerable.Range(0, 8).SelectMany(row => expected.Skip((row * 900) + first).Take(end - first))];
            ErrorRule.Gradient(part, ours, null, ElementType.Float32, scale, $"voxels {first} to {end}");
        }
    }

    [Fact]
    public void Sums_MicroBatches_GiveTheBatchLoss()
    {
        var options = new DiceOptions { Reduction = DiceReduction.Batch, Smooth = 1 };
        using var run = new CaseRun(new Case { Shape = [4, 3, 500], Seed = 9, Options = options });
        DiceSums merged = new(1, 3);
        for (int n = 0; n < 4; n++)
        {
            merged.Add(Dice.Sums(
                new TensorDescriptor(run.Logits.AddressOf(n * 1500), Device.Cpu, ElementType.Float32, [1, 3, 500]),
                new TensorDescriptor(run.Labels.AddressOf(n * 500), Device.Cpu, ElementType.Int64, [1, 500]),
                options, Provider));
        }

        DiceResult whole = run.Forward(Provider);
        ErrorRule.SameBits(whole.Losses.ToArray(), Dice.Evaluate(merged, options).Losses.ToArray(), "loss");
        ErrorRule.Losses(run.Truth().Losses, whole.Losses, null, ElementType.Float32, 1, "batch loss");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void ForwardBackward_VoxelsPermuted_PermutesTheGradient(int channels)
    {
        var what = new Case { Shape = [1, channels, 1000], Seed = 10 };
        int[] order = [.. Enumerable.Range(0, 1000)];
        new Random(4).Shuffle(order);
        ComparePermuted(
            what,
            logits => Array.ConvertAll([.. Enumerable.Range(0, logits.Length)], i => logits[(i / 1000 * 1000) + order[i % 1000]]),
            labels => Array.ConvertAll([.. Enumerable.Range(0, labels.Length)], i => labels[order[i]]));
    }

    [Theory]
    [InlineData(Activation.Softmax, 1)]
    [InlineData(Activation.Softmax, 2)]
    [InlineData(Activation.Sigmoid, 1)]
    public void ForwardBackward_ClassesPermuted_PermutesTheGradient(Activation activation, int exponent)
    {
        int[] order = [3, 0, 4, 1, 2];
        var what = new Case { Shape = [1, 5, 600], Seed = 12, Options = new DiceOptions { Activation = activation, Exponent = exponent } };
        ComparePermuted(
            what,
            logits => Array.ConvertAll([.. Enumerable.Range(0, logits.Length)], i => logits[(order[i / 600] * 600) + (i % 600)]),
            labels => Array.ConvertAll(labels, label => label < 0 ? label : Array.IndexOf(order, (int)label)));
    }

    [Fact]
    public void Forward_DefaultRange_LossIsBetweenZeroAndOne() => Property.Holds(Cases.Any(300), Times(120), what =>
    {
        what = what with
        {
            Shape = [Math.Max(1, what.Samples), .. what.Shape[1..]],
            Options = what.Options with
            {
                ClassWeights = null,
                SmoothNumerator = null,
                SmoothDenominator = null,
                Exponent = Math.Min(what.Options.Exponent, 2),
                Reduction = what.Options.Reduction == DiceReduction.None ? DiceReduction.None : DiceReduction.Mean,
            },
        };
        using var run = new CaseRun(what);
        foreach (double loss in run.Forward(Provider).Losses)
        {
            Assert.True(loss is >= 0 and <= 1, $"{what}: the loss is {loss:R}.");
        }
    });

    // The whole has the bits of its parts, merged from the first to the last and the other way round.
    private DiceResult MergeTiles(CaseRun run, int[][] cuts, params ReadOnlySpan<int> row)
    {
        DiceResult whole = run.Forward(Provider);
        foreach (int[] tiles in Chosen(cuts, row))
        {
            DiceSums[] parts = [.. Parts(run, [.. tiles.Select(tile => tile * TileVoxels)])];
            SameSums(whole.Sums, Merged(run, parts));
            SameSums(whole.Sums, Merged(run, parts.Reverse()));
        }

        return whole;
    }

    private IEnumerable<DiceSums> Parts(CaseRun run, int[] cuts)
    {
        int[] borders = [0, .. cuts, (int)run.Case.Voxels];
        return borders.Zip(borders[1..], (first, end) =>
        {
            var targets = new DiceTargets(Part(run.Labels)) { VoxelWeights = run.Weights is null ? default : Part(run.Weights) };
            return Dice.Sums(Part(run.Logits), targets, run.Case.Options, Provider);

            TensorDescriptor Part(TensorBuffer whole) => new(
                whole.Address + (first * whole.Type.Size()), Device.Cpu, whole.Type, (long[])[.. whole.Shape[..^1], end - first], whole.Strides);
        });
    }

    private static DiceSums Merged(CaseRun run, IEnumerable<DiceSums> parts)
    {
        var merged = new DiceSums(run.Case.Samples, run.Case.Classes, run.Case.Targets);
        foreach (DiceSums part in parts) merged.Add(part);
        return merged;
    }

    private void ComparePermuted(Case what, Func<double[], double[]> logits, Func<long[], long[]> labels)
    {
        using var straight = new CaseRun(what);
        using var permuted = new CaseRun(
            what,
            values => logits(straight.Logits.Numbers()).CopyTo(values, 0),
            values => labels(straight.Labels.Integers()).CopyTo(values, 0));
        DiceResult one = straight.Forward(Provider), other = permuted.Forward(Provider);
        Assert.Equal(one.Loss, other.Loss, 2 * ErrorRule.RoundingOfFloat);
        double[] expected = logits(straight.Backward(Provider, one));
        ErrorRule.Gradient(expected, permuted.Backward(Provider, other), null, what.LogitsType, expected.Max(Math.Abs), $"permuted {what}");
    }
}
