using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>A loss of every level of a network, against the weighted sum of the losses of targets that are resized by hand.</summary>
public sealed class DeepSupervisionTests
{
    private static readonly long[] s_full = [2, 3, 12, 10];

    public static TheoryData<string, long[][], string, bool> Cases => new()
    {
        { "halved", [[12, 10], [6, 5]], "labels", false },
        { "halved in one dimension, masks", [[12, 10], [12, 5], [3, 5]], "masks", false },
        { "thirds and fifths, soft targets, weights", [[12, 10], [4, 2], [1, 1]], "soft", true },
        { "no whole ratio", [[12, 10], [7, 5], [5, 3]], "labels", true },
        { "no whole ratio, masks", [[12, 10], [6, 4]], "masks", true },
        { "a finer level than the targets, soft targets", [[24, 10], [15, 15]], "soft", true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Call_LevelsOfAnyRatio_IsTheWeightedSum(string name, long[][] levels, string targets, bool weighted)
    {
        using var scope = NewDisposeScope();
        Assert.NotEmpty(name);
        var options = new DiceOptions { Activation = Activation.Sigmoid, Smooth = 0.1, CrossEntropy = new() };
        Tensor y = targets switch
        {
            "labels" => RandomCase.Labels(s_full, ScalarType.Byte, 1),
            "masks" => RandomCase.Masks(s_full, ScalarType.Bool, 1),
            _ => RandomCase.SoftTargets(s_full, ScalarType.Float16, 1),
        };
        Tensor? w = weighted ? RandomCase.VoxelWeights(s_full, ScalarType.Float32, 1) : null;
        Tensor[] logits = [.. levels.Select((space, l) => RandomCase.Logits([2, 3, .. space], ScalarType.Float64, l))];
        double[] weights = LevelWeights.Halved.For(levels.Length);

        Tensor[] plainLeaves = Leaves(logits), leaves = Leaves(logits);
        Tensor truth = zeros([], dtype: ScalarType.Float64);
        for (int l = 0; l < levels.Length; l++)
        {
            var plain = new PlainMaps(plainLeaves[l], Nearest(y, levels[l]), options, w is null ? null : Nearest(w, levels[l]));
            truth += weights[l] * (plain.Dice() + plain.CrossEntropy());
        }

        using DeepSupervisionModule module = nn.DeepSupervisionLoss(options);
        Tensor ours = w is null ? module.call(leaves, y) : module.call(leaves, y, w);
        AssertClose(truth, ours, 1e-12);
        truth.backward();
        ours.backward();
        for (int l = 0; l < levels.Length; l++) AssertClose(plainLeaves[l].grad!, leaves[l].grad!, 1e-11);
    }

    [Theory]
    [InlineData(6, 5)]
    [InlineData(7, 3)]
    public void Call_Labels_AgreesWithTorchsInterpolation(long height, long width)
    {
        using var scope = NewDisposeScope();
        Tensor y = RandomCase.Labels([2, 3, 12, 10], ScalarType.Float32, 2), x = RandomCase.Logits([2, 3, height, width], ScalarType.Float64, 2);
        Tensor resized = nn.functional.interpolate(y.unsqueeze(1), [height, width], mode: InterpolationMode.NearestExact).squeeze(1).to(ScalarType.Int64);
        using DeepSupervisionModule module = nn.DeepSupervisionLoss(DiceOptions.Default);
        AssertClose(nn.functional.dice_loss(x, resized), module.call([x], y.to(ScalarType.Int32)), 0);
    }

    [Fact]
    public void Of_WholeRatio_IsAViewOfTheSameMemory()
    {
        using var scope = NewDisposeScope();
        Tensor y = arange(2 * 3 * 12 * 10).reshape(2, 3, 12, 10), sliced = y.slice(2, 2, 10, 1).transpose(2, 3);
        Tensor view = NearestVoxels.Of(sliced, [5, 4]);
        Assert.Equal([2, 3, 5, 4], view.shape);
        Assert.Equal([360, 120, 2, 20], view.stride());
        AssertClose(Nearest(sliced, [5, 4]), view, 0);
        y.zero_();
        AssertClose(zeros(2, 3, 5, 4), view, 0);
    }

    [Theory]
    [InlineData(ScalarType.Bool)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void Of_NoWholeRatio_CopiesTheNearestOfAnyType(ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor y = RandomCase.Masks([2, 12, 6, 10], type, 3).transpose(1, 3);
        Tensor copy = NearestVoxels.Of(y, [7, 3, 5]);
        Assert.Equal(type, copy.dtype);
        AssertClose(Nearest(y, [7, 3, 5]), copy, 0);
    }

    public static TheoryData<LevelWeights, double[]> Weightings => new()
    {
        { LevelWeights.Halved, [4 / 7.0, 2 / 7.0, 1 / 7.0] },
        { LevelWeights.Monai, [1, 0.5, 0.25] },
        { LevelWeights.Same, [1, 1, 1] },
        { LevelWeights.Two, [1, 0.5, 0.5] },
        { LevelWeights.NnUNet, [2 / 3.0, 1 / 3.0, 0] },
        { LevelWeights.Create(3, 0, 0.5), [3, 0, 0.5] },
    };

    [Theory]
    [MemberData(nameof(Weightings))]
    public void Call_Weights_AreThoseOfTheLevels(LevelWeights weights, double[] numbers)
    {
        using var scope = NewDisposeScope();
        foreach (DiceReduction reduction in (DiceReduction[])[DiceReduction.Mean, DiceReduction.None, DiceReduction.PerClass])
        {
            Tensor y = RandomCase.Labels(s_full, ScalarType.Byte, 4);
            Tensor[] logits = [RandomCase.Logits(s_full, ScalarType.Float64, 4), RandomCase.Logits([2, 3, 6, 5], ScalarType.Float64, 5), RandomCase.Logits([2, 3, 3, 5], ScalarType.Float64, 6)];
            using DiceLossModule loss = nn.DiceLoss(reduction: reduction);
            using DeepSupervisionModule module = nn.DeepSupervisionLoss(loss, weights);
            Tensor truth = (numbers[0] * loss.call(logits[0], y)) + (numbers[1] * loss.call(logits[1], Nearest(y, [6, 5]))) + (numbers[2] * loss.call(logits[2], Nearest(y, [3, 5])));
            AssertClose(truth, module.call(logits, y), 1e-14);
        }
    }

    [Fact]
    public void Call_LevelOfWeightZero_IsNotLookedAt()
    {
        using var scope = NewDisposeScope();
        Tensor y = RandomCase.Labels(s_full, ScalarType.Byte, 7), x = RandomCase.Logits(s_full, ScalarType.Float32, 7).requires_grad_(), broken = zeros(7, requires_grad: true);
        using DeepSupervisionModule module = nn.DeepSupervisionLoss(DiceOptions.Default, LevelWeights.NnUNet);
        Tensor loss = module.call([x, broken], y);
        loss.backward();
        AssertClose(nn.functional.dice_loss(x, y), loss, 0);
        Assert.Null(broken.grad);
    }

    [Fact]
    public void Call_LevelsOfSeveralTypes_HaveALossOfTheWidest()
    {
        using var scope = NewDisposeScope();
        Tensor y = RandomCase.Labels(s_full, ScalarType.Byte, 8);
        Tensor half = RandomCase.Logits(s_full, ScalarType.Float16, 8).requires_grad_(), wide = RandomCase.Logits([2, 3, 6, 5], ScalarType.Float64, 9).requires_grad_();
        using DeepSupervisionModule module = nn.DeepSupervisionLoss(DiceOptions.Default, LevelWeights.Two);
        Tensor loss = module.call([half, wide], y);
        loss.backward();
        Assert.Equal(ScalarType.Float64, loss.dtype);
        AssertClose(nn.functional.dice_loss(half, y).to(ScalarType.Float64) + (0.5 * nn.functional.dice_loss(wide, Nearest(y, [6, 5]))), loss, 1e-15);
        Assert.Equal((ScalarType.Float16, ScalarType.Float64), (half.grad!.dtype, wide.grad!.dtype));
        Assert.Equal(ScalarType.Float32, module.call([half, half.detach()], y).dtype);
    }

    [Fact]
    public void Call_Annotated_IsThatOfEveryLevel()
    {
        using var scope = NewDisposeScope();
        Tensor y = RandomCase.Labels(s_full, ScalarType.Byte, 10), annotated = tensor([true, false, true, true, true, false]).reshape(2, 3);
        Tensor[] logits = [RandomCase.Logits(s_full, ScalarType.Float64, 10), RandomCase.Logits([2, 3, 6, 5], ScalarType.Float64, 11)];
        using DeepSupervisionModule module = nn.DeepSupervisionLoss(DiceOptions.Default, LevelWeights.Same);
        Tensor truth = nn.functional.dice_loss(logits[0], y, DiceOptions.Default, annotated: annotated)
            + nn.functional.dice_loss(logits[1], Nearest(y, [6, 5]), DiceOptions.Default, annotated: annotated);
        AssertClose(truth, module.call(logits, y, null, annotated), 1e-15);
    }

    [Fact]
    public void Backward_TargetsChangedInPlaceSinceForward_IsNotANumberAndTheNextCallThrows()
    {
        using var scope = NewDisposeScope();
        Tensor y = RandomCase.Labels(s_full, ScalarType.Byte, 12), x = RandomCase.Logits([2, 3, 6, 5], ScalarType.Float32, 12).requires_grad_();
        using DeepSupervisionModule module = nn.DeepSupervisionLoss(DiceOptions.Default);
        Tensor loss = module.call([x], y);
        y.zero_(); // the level looks at it through a view
        loss.backward();
        Assert.All(Values(x.grad!), value => Assert.True(double.IsNaN(value)));
        var thrown = Assert.Throws<InvalidOperationException>(() => module.call([x], y));
        Assert.Contains("modified by an inplace operation", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepSupervisionLoss_WithClassWeights_HasThemInItsState()
    {
        using var scope = NewDisposeScope();
        DiceLossModule loss = nn.DiceLoss(tensor([0.1, 0.2, 0.7]));
        using DeepSupervisionModule module = nn.DeepSupervisionLoss(loss, LevelWeights.Monai);
        Assert.Equal(["loss.weight"], module.state_dict().Keys);
        Assert.Equal([0.1, 0.2, 0.7], module.Options.ClassWeights!);
        Assert.Equal(LevelWeights.Monai, module.Weights);
        Assert.Equal($"DeepSupervisionLoss(weights: Monai, loss: {loss})", module.ToString());
        Assert.Equal("DeepSupervisionLoss", module.GetName());
    }

    [Fact]
    public void DeepSupervisionLoss_Null_Throws()
    {
        Assert.Equal("loss", Assert.Throws<ArgumentNullException>(() => nn.DeepSupervisionLoss((DiceOptions)null!)).ParamName);
        Assert.Equal("loss", Assert.Throws<ArgumentNullException>(() => nn.DeepSupervisionLoss((DiceLossModule)null!)).ParamName);
    }

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "null list", "logits", "null" },
        { "no levels", "logits", "There are no logits; there is one tensor for each level, finest first." },
        { "null level", "logits", "null" },
        { "null targets", "targets", "null" },
        { "number of weights", "levels", "There are 2 weights for 3 levels." },
        { "rank of the targets", "targets", "targets has shape [2, 12], which cannot be resized to a level with space [12, 10]: for labels and weights it is [N, ...], for maps [N, C, ...]" },
        { "rank of the weights", "voxelWeights", "voxelWeights has shape [2, 3, 12, 10], which cannot be resized to a level with space [12, 10]" },
        { "level without voxels", "targets", "targets has shape [2, 12, 10], which cannot be resized to a level with space [0, 10]" },
        { "level without voxels in another dimension", "targets", "targets has shape [2, 0, 10], which cannot be resized to a level with space [12, 0]" },
        { "channels of a level", "logits", "The logits of one level have 3 channels, those of another 5; all have the same classes." },
        { "rank of the logits", "logits", "The logits have shape [7]; they have shape [N, C, ...]" },
        { "batch", "targets", "The targets have shape [3, 6, 5]; logits of shape [2, 3, 6, 5] need labels of shape [2, 6, 5]" },
        { "one map", "targets", "pass targets.squeeze(1)" },
        { "sparse targets", "targets", "The targets must be dense, not sparse" },
        { "integer weights", "voxelWeights", "The voxel weights hold Int64; they hold float32, float64, float16 or bfloat16." },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Call_BadInput_ThrowsAndNamesIt(string what, string argument, string message)
    {
        using var scope = NewDisposeScope();
        using DeepSupervisionModule module = nn.DeepSupervisionLoss(DiceOptions.Default, what == "number of weights" ? LevelWeights.Create(1, 2) : null);
        Tensor x = zeros(s_full), y = zeros(2, 12, 10, dtype: ScalarType.Int64), coarse = zeros(2, 3, 6, 5);
        ArgumentException thrown = Assert.ThrowsAny<ArgumentException>(() => what switch
        {
            "null list" => module.call(null!, y),
            "no levels" => module.call([], y),
            "null level" => module.call([x, null!], y),
            "null targets" => module.call([x], null!),
            "number of weights" => module.call([x, coarse, coarse], y),
            "rank of the targets" => module.call([x], y.select(2, 0)),
            "rank of the weights" => module.call([x], y, x),
            "level without voxels" => module.call([x.narrow(2, 0, 0)], y),
            "level without voxels in another dimension" => module.call([x.narrow(3, 0, 0)], y.narrow(1, 0, 0)),
            "channels of a level" => module.call([x, zeros(2, 5, 6, 5)], y),
            "rank of the logits" => module.call([zeros(7)], y),
            "batch" => module.call([coarse], zeros(3, 12, 10, dtype: ScalarType.Int64)),
            "one map" => module.call([coarse], y.unsqueeze(1)),
            "sparse targets" => module.call([coarse], y.to_sparse()),
            "integer weights" => module.call([coarse], y, y),
            _ => throw new InvalidOperationException(what),
        });
        Assert.Contains(message, thrown.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(argument, thrown.ParamName);
    }

    private static Tensor[] Leaves(Tensor[] logits) => [.. logits.Select(x => x.clone().requires_grad_())];

    // Dimension by dimension, by the definition.
    private static Tensor Nearest(Tensor tensor, long[] space)
    {
        for (int d = 0; d < space.Length; d++)
        {
            long dimension = tensor.dim() - space.Length + d, length = tensor.shape[dimension], resized = space[d];
            long[] nearest = [.. Enumerable.Range(0, (int)resized).Select(i => (long)Math.Floor((i + 0.5) * length / resized))];
            tensor = tensor.index_select(dimension, torch.tensor(nearest));
        }

        return tensor;
    }
}
