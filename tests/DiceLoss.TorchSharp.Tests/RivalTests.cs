using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>The loss and its gradient agree with the same loss written in tensor operations.</summary>
public class RivalTests
{
    private static readonly long[][] s_shapes = [[3, 5, 7, 9], [2, 4, 5, 6, 7], [2, 1, 6, 5], [1, 1, 4, 3, 5], [4, 3], [2, 2, 300]];

    public static IEnumerable<TheoryDataRow<int, DiceReduction, ScalarType>> Cases() =>
        from seed in Enumerable.Range(0, 12)
        from reduction in Testing.Cases.Reductions
        from type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32]
        select new TheoryDataRow<int, DiceReduction, ScalarType>(seed, reduction, type);

    [Theory]
    [MemberData(nameof(Cases))]
    public void DiceLoss_RandomCase_EqualsTheRivalInValueAndGradient(int seed, DiceReduction reduction, ScalarType type)
    {
        using var scope = NewDisposeScope();
        (DiceOptions options, Tensor x, Tensor y) = Case(seed, reduction, type);
        AssertEqualsRival(x, y, options, type == ScalarType.Float64 ? 1e-12 : 2.4e-7, type == ScalarType.Float64 ? 1e-11 : 2e-6);
    }

    [Theory]
    [InlineData(ScalarType.Float16, 4.9e-4)]
    [InlineData(ScalarType.BFloat16, 3.91e-3)]
    public void DiceLoss_SixteenBitLogits_EqualsTheRivalWithinOneRounding(ScalarType type, double rounding)
    {
        using var scope = NewDisposeScope();
        foreach (int seed in Enumerable.Range(0, 12))
        {
            (DiceOptions options, Tensor x, Tensor y) = Case(seed, DiceReduction.Sum, type);
            AssertEqualsRival(x, y, options, 2.4e-7, rounding);
        }
    }

    [Theory]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int64)]
    public void DiceLoss_AnyLabelType_EqualsTheRival(ScalarType labelType)
    {
        using var scope = NewDisposeScope();
        long[] shape = [2, 6, 5, 4, 3];
        var options = new DiceOptions { IgnoreLabel = 3, Smooth = 1e-3 };
        Tensor x = RandomCase.Logits(shape, ScalarType.Float64, 1);
        AssertEqualsRival(x, RandomCase.Labels(shape, labelType, 1, ignoreLabel: 3), options, 1e-12, 1e-11);
    }

    [Fact]
    public void DiceLoss_ChannelsLast_IsReadInPlaceAndGivesAGradientOfItsLayout()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits([2, 7, 6, 5], ScalarType.Float64, 3).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        Tensor y = RandomCase.Labels([2, 7, 6, 5], ScalarType.Byte, 3);

        AssertEqualsRival(x, y, new DiceOptions(), 1e-12, 1e-11);
        Assert.Equal(x.stride(), FusedGradient(x, y, new DiceOptions(), null).stride());
    }

    [Fact]
    public void DiceLoss_SlicedTransposedAndExpandedTensors_EqualTheRival()
    {
        using var scope = NewDisposeScope();
        Tensor wide = RandomCase.Logits([4, 9, 11, 13], ScalarType.Float64, 4);
        Tensor x = wide.slice(0, 0, 4, 2).slice(1, 1, 9, 2).slice(3, 2, 12, 3).transpose(2, 3);
        Tensor y = RandomCase.Labels([.. x.shape], ScalarType.Int16, 4).transpose(1, 2).contiguous().transpose(1, 2);
        Tensor expanded = RandomCase.Logits([1, 4, 11, 1], ScalarType.Float64, 5).expand(3, 4, 11, 4);

        AssertEqualsRival(x, y, new DiceOptions(), 1e-12, 1e-11);
        AssertEqualsRival(expanded, RandomCase.Labels([3, 4, 11, 4], ScalarType.Int64, 5), new DiceOptions(), 1e-12, 1e-11);
    }

    [Fact]
    public void DiceLoss_UpstreamPerSample_ScalesEachSample()
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Reduction = DiceReduction.None };
        long[] shape = [3, 4, 5, 6];
        Tensor y = RandomCase.Labels(shape, ScalarType.Byte, 6), upstream = tensor(new double[] { 0.5, -2, 3 });

        foreach (Tensor factor in (Tensor[])[upstream, tensor(new double[] { 0.5 }).expand(3), tensor(new double[] { 1, 9, 2, 9, 3, 9 }).slice(0, 0, 6, 2)])
        {
            Tensor x = RandomCase.Logits(shape, ScalarType.Float64, 6);
            Tensor truth = RivalGradient(x, y, options, factor);
            AssertClose(truth, FusedGradient(x, y, options, factor), 1e-11 * Largest(truth));
        }
    }

    [Fact]
    public void DiceLoss_NoBatch_IsWhatTensorLibrariesReturn()
    {
        using var scope = NewDisposeScope();
        Tensor x = zeros(0, 3, 4), y = zeros(0, 4, dtype: ScalarType.Int64);

        Assert.Equal([0], nn.functional.dice_loss(x, y, reduction: DiceReduction.None).shape);
        Assert.Equal(0, nn.functional.dice_loss(x, y, reduction: DiceReduction.Sum).item<float>());
        Assert.True(float.IsNaN(nn.functional.dice_loss(x, y).item<float>()));
    }

    [Fact]
    public void DiceLoss_NoVoxels_IsZeroWithAnEmptyGradient()
    {
        using var scope = NewDisposeScope();
        Tensor x = zeros(2, 3, 0, requires_grad: true), loss = nn.functional.dice_loss(x, zeros(2, 0, dtype: ScalarType.Byte));
        loss.backward();

        Assert.Equal(0, loss.item<float>());
        Assert.Equal([2, 3, 0], x.grad!.shape);
    }

    [Fact]
    public void DiceLoss_NotANumberInOneSample_MakesThatSampleNotANumber()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits([2, 3, 8], ScalarType.Float32, 7), y = RandomCase.Labels([2, 3, 8], ScalarType.Byte, 7);
        x[0, 1, 2] = float.NaN;
        var options = new DiceOptions { Reduction = DiceReduction.None };

        double[] losses = Values(nn.functional.dice_loss(x, y, options));
        Tensor gradient = FusedGradient(x, y, options, ones(2));
        Assert.True(double.IsNaN(losses[0]));
        Assert.False(double.IsNaN(losses[1]));
        Assert.All(Values(gradient[0]), value => Assert.True(double.IsNaN(value)));
        Assert.All(Values(gradient[1]), value => Assert.False(double.IsNaN(value)));
    }

    [Theory]
    [InlineData(DiceReduction.Mean, false, 0)]
    [InlineData(DiceReduction.Batch, true, 0)]
    [InlineData(DiceReduction.Batch, false, 0.125)]
    [InlineData(DiceReduction.Sum, true, 0.25)]
    public void DiceLoss_WithCrossEntropy_IsTheSumOfTheTwo(DiceReduction reduction, bool weighted, double labelSmoothing)
    {
        using var scope = NewDisposeScope();
        long[] shape = [3, 4, 5, 6];
        Tensor y = RandomCase.Labels(shape, ScalarType.Int64, 9, ignoreLabel: 255);
        ClassWeights? weights = weighted ? [0.5, 1, 2, 0.25] : null;
        var dice = new DiceOptions { Reduction = reduction, IgnoreLabel = 255, IgnoreChannel = 0 };
        DiceOptions both = dice with
        {
            OverlapWeight = 0.75,
            CrossEntropy = new() { Weight = 2, ClassWeights = weights, LabelSmoothing = labelSmoothing },
        };

        Tensor plainX = RandomCase.Logits(shape, ScalarType.Float64, 9).requires_grad_(), x = plainX.detach().clone().requires_grad_();
        Tensor crossEntropy = nn.functional.cross_entropy(
            plainX, y, weights is null ? null : tensor(weights.ToArray()), ignore_index: 255,
            reduction: reduction == DiceReduction.Sum ? nn.Reduction.Sum : nn.Reduction.Mean, label_smoothing: labelSmoothing);
        Tensor truth = (0.75 * PlainRival.Loss(plainX, y, dice)) + (2 * crossEntropy), ours = nn.functional.dice_loss(x, y, both);
        AssertClose(truth, ours, 1e-12 * Largest(truth));

        (1.5 * truth).backward();
        (1.5 * ours).backward();
        AssertClose(plainX.grad!, x.grad!, 1e-11 * Largest(plainX.grad!));
    }

    private static (DiceOptions Options, Tensor X, Tensor Y) Case(int seed, DiceReduction reduction, ScalarType type)
    {
        var random = new Random(seed);
        long[] shape = s_shapes[seed % s_shapes.Length];
        Activation activation = (seed % 3) switch
        {
            1 => Activation.Sigmoid,
            _ => Activation.Auto,
        };
        int classes = shape[1] == 1 && activation == Activation.Auto ? 2 : (int)shape[1];
        long? ignoreLabel = seed % 2 == 0 ? 255 - (seed % 4 * 64) : null;
        var options = new DiceOptions
        {
            Activation = activation,
            Exponent = 1 + (seed % 4),
            Smooth = seed % 5 == 0 ? 0 : random.NextDouble(),
            SmoothNumerator = seed % 7 == 0 ? 0.25 : null,
            IgnoreLabel = ignoreLabel ?? -1,
            IgnoreChannel = seed % 3 == 0 ? random.Next(classes) : -1,
            ClassWeights = seed % 4 == 1 ? [.. Enumerable.Range(0, classes).Select(_ => random.NextDouble())] : null,
            ClassAverage = seed % 2 == 0 ? ClassAverage.Included : ClassAverage.All,
            Reduction = reduction,
        };
        return (options, RandomCase.Logits(shape, type, seed), RandomCase.Labels(shape, ScalarType.Int64, seed, ignoreLabel));
    }

    private static void AssertEqualsRival(Tensor x, Tensor y, DiceOptions options, double lossTolerance, double gradientTolerance)
    {
        using var scope = NewDisposeScope();
        Tensor truth = PlainRival.Loss(x, y, options), ours = nn.functional.dice_loss(x, y, options);
        Assert.Equal(x.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32, ours.dtype);
        AssertClose(truth, ours, lossTolerance * Math.Max(1, Largest(truth)));

        Tensor upstream = linspace(0.75, 2, truth.numel()).reshape(truth.shape);
        Tensor truthGradient = RivalGradient(x, y, options, upstream), gradient = FusedGradient(x, y, options, upstream);
        Assert.Equal(x.dtype, gradient.dtype);
        // Below float16's normal numbers half a unit is 2^-25.
        double smallest = x.dtype == ScalarType.Float16 ? Math.ScaleB(1, -25) : 0;
        AssertClose(truthGradient, gradient, Math.Max(smallest, gradientTolerance * Largest(truthGradient)));
    }

    private static Tensor RivalGradient(Tensor x, Tensor y, DiceOptions options, Tensor upstream)
    {
        Tensor leaf = x.detach().to(ScalarType.Float64).clone().requires_grad_();
        PlainRival.Loss(leaf, y, options).backward([upstream.to(ScalarType.Float64)]);
        return leaf.grad!;
    }

    private static Tensor FusedGradient(Tensor x, Tensor y, DiceOptions options, Tensor? upstream)
    {
        Tensor leaf = x.detach().requires_grad_();
        Tensor loss = nn.functional.dice_loss(leaf, y, options);
        return autograd.grad([loss], [leaf], [upstream is null ? ones_like(loss) : upstream.to(loss.dtype)])[0];
    }
}
