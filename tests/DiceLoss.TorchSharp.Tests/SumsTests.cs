using System.Runtime.InteropServices;
using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>A loss taken in parts, from sums that are added up, is that of the whole: its value and its gradient.</summary>
public sealed class SumsTests
{
    private static readonly long[] s_shape = [5, 3, 6, 40];

    public static TheoryData<string, DiceOptions> Losses => new()
    {
        { "Dice", new DiceOptions { Smooth = 0.1 } },
        { "Jaccard with an exponent", new DiceOptions { Overlap = Overlap.Jaccard, Exponent = 2 } },
        { "generalised Dice", new DiceOptions { ClassPooling = ClassPooling.InverseSquaredLabelMass } },
        { "with cross-entropy", new DiceOptions { CrossEntropy = new CrossEntropy { ClassWeights = [1, 2, 3], LabelSmoothing = 0.1 } } },
        { "with a focal loss", new DiceOptions { Focal = new Focal { Alpha = 0.25, Average = FocalAverage.Voxels } } },
        { "each class on its own", new DiceOptions { Activation = Activation.Sigmoid, CrossEntropy = new(), Focal = new() } },
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public void DiceLossOfSums_PartsOfABatch_IsTheLossOfTheBatch(string name, DiceOptions options)
    {
        Assert.NotEmpty(name);
        options = options with { Reduction = DiceReduction.Batch, IgnoreLabel = 255 };
        foreach (ScalarType type in (ScalarType[])[ScalarType.Float64, ScalarType.Float32, ScalarType.BFloat16])
        {
            using var scope = NewDisposeScope();
            Tensor x = RandomCase.Logits(s_shape, type, 1), y = RandomCase.Labels(s_shape, ScalarType.Byte, 1, ignoreLabel: 255);
            Tensor w = RandomCase.VoxelWeights(s_shape, ScalarType.Float32, 1);
            AssertWhole(x, y, w, options, (t, part) => part == 0 ? t.narrow(0, 0, 2) : t.narrow(0, 2, 3), sums => sums.Pooled(), sameBits: options is { CrossEntropy: null, Focal: null });
        }
    }

    [Theory]
    [InlineData(DiceReduction.Mean)]
    [InlineData(DiceReduction.None)]
    [InlineData(DiceReduction.PerClass)]
    [InlineData(DiceReduction.Batch)]
    public void DiceLossOfSums_PiecesOfTheVolumes_IsTheLossOfTheVolumes(DiceReduction reduction)
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 2), y = RandomCase.Masks(s_shape, ScalarType.Bool, 2), w = RandomCase.VoxelWeights(s_shape, ScalarType.Float64, 2);
        var options = new DiceOptions { Reduction = reduction, Activation = Activation.Sigmoid };
        AssertWhole(x, y, w, options, (t, part) => part == 0 ? t.narrow(-1, 0, 7) : t.narrow(-1, 7, 33), sums => sums, sameBits: false);
    }

    [Fact]
    public void DiceLossOfSums_ProcessesThatAddNumbers_AreOneTrainingStep()
    {
        using var scope = NewDisposeScope();
        DiceOptions options = new() { Reduction = DiceReduction.Batch };
        Tensor images = randn(3, 1, 20), labels = RandomCase.Labels([3, 2, 20], ScalarType.Int64, 3), expected;
        using nn.Module<Tensor, Tensor> network = nn.Conv1d(1, 2, 3, padding: 1L);
        Tensor weight = network.parameters().First();
        nn.functional.dice_loss(network.call(images), labels, options).backward();
        expected = weight.grad!.clone();
        weight.grad!.zero_();

        // What MPI_Allreduce and its like do, with processes in place of a list.
        (Tensor X, Tensor Y)[] processes = [.. new[] { 0..1, 1..3 }.Select(part => (network.call(images[part]), labels[part]))];
        DiceSums[] sums = [.. processes.Select(process => nn.functional.dice_sums(process.X, process.Y, options).Pooled())];
        foreach (SumTerm term in Enum.GetValues<SumTerm>())
        {
            Span<double> first = MemoryMarshal.Cast<CompensatedSum, double>(sums[0][term, 0]), second = MemoryMarshal.Cast<CompensatedSum, double>(sums[1][term, 0]);
            for (int i = 0; i < first.Length; i++) first[i] = second[i] = first[i] + second[i];
        }

        for (int i = 0; i < processes.Length; i++) nn.functional.dice_loss_of_sums(processes[i].X, processes[i].Y, sums[i], options).backward();
        AssertClose(expected, weight.grad!, 1e-6 * Largest(expected));
    }

    [Fact]
    public void DiceSums_HardPredictions_MergeIntoTheMetricsOfAll()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float32, 4).requires_grad_(), y = RandomCase.Labels(s_shape, ScalarType.Byte, 4);
        DiceOptions options = new() { HardPrediction = HardPrediction.Argmax };
        DiceSums all = nn.functional.dice_sums(x[..4], y[..4], options).Pooled();
        all.Add(nn.functional.dice_sums(x[4..], y[4..], options).Pooled());
        DiceMetrics expected = nn.functional.dice_metrics(x, y), merged = new(all);
        Assert.Equal(expected.Mean(average: MetricAverage.Pool), merged.Mean(average: MetricAverage.Pool));
        Assert.Equal(expected.Mean(MetricKind.Iou, MetricAverage.ClassesOfBatch), merged.Mean(MetricKind.Iou));
    }

    [Fact]
    public void DiceLossOfSums_UnderCreateGraph_IsNotANumberAndTheNextCallSaysWhy()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 5).requires_grad_(), y = RandomCase.Labels(s_shape, ScalarType.Byte, 5);
        DiceSums sums = nn.functional.dice_sums(x, y, DiceOptions.Default);
        Tensor loss = nn.functional.dice_loss_of_sums(x, y, sums, DiceOptions.Default);
        Tensor gradient = autograd.grad([loss], [x], retain_graph: true, create_graph: true)[0];
        Assert.All(Values(gradient), value => Assert.True(double.IsNaN(value)));
        Assert.All(Values(autograd.grad([gradient.pow(2).sum()], [x])[0]), value => Assert.True(double.IsNaN(value)));
        var thrown = Assert.Throws<InvalidOperationException>(() => nn.functional.dice_sums(x, y, DiceOptions.Default));
        Assert.Contains("Second derivatives (create_graph) exist for a loss of one call alone", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no sums", "sums", "null")]
    [InlineData("no options", "options", "null")]
    [InlineData("disposed logits", "logits", "disposed")]
    [InlineData("labels of another shape", "targets", "The targets have shape [5, 6]")]
    [InlineData("sums of fewer samples", "sums", "The result is a Float32 loss of 2 samples and 3 classes; the logits Float32 [5, 3, 6, 40] make 5 samples and 3 classes.")]
    [InlineData("pooled sums for a loss of samples", "sums", "The result is a Float32 loss of 1 samples and 3 classes;")]
    [InlineData("sums of more classes", "sums", "The result is a Float32 loss of 5 samples and 4 classes;")]
    [InlineData("sums of maps", "sums", "The result is that of Maps; the targets are Labels.")]
    [InlineData("weights for fewer classes", "options", "ClassWeights has 2 weights for 3 classes.")]
    [InlineData("weights of another shape", "voxelWeights", "The voxel weights have shape [5, 6];")]
    public void DiceLossOfSums_BadInput_IsNamed(string what, string argument, string message)
    {
        using var scope = NewDisposeScope();
        Tensor x = zeros(s_shape), y = zeros(5, 6, 40, dtype: ScalarType.Byte), few = ones(5, 6);
        if (what == "disposed logits") x.Dispose();
        DiceSums sums = what switch
        {
            "no sums" => null!,
            "sums of fewer samples" => new DiceSums(2, 3),
            "pooled sums for a loss of samples" => new DiceSums(5, 3).Pooled(),
            "sums of more classes" => new DiceSums(5, 4),
            "sums of maps" => new DiceSums(5, 3, TargetKind.Maps),
            _ => new DiceSums(5, 3),
        };
        DiceOptions options = what switch
        {
            "no options" => null!,
            "weights for fewer classes" => new DiceOptions { ClassWeights = [1, 2] },
            _ => DiceOptions.Default,
        };
        Exception thrown = Assert.ThrowsAny<Exception>(() => nn.functional.dice_loss_of_sums(
            x, what == "labels of another shape" ? few : y, sums, options, what == "weights of another shape" ? few : null));
        Assert.Contains(message, thrown.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(argument, thrown is ObjectDisposedException gone ? gone.ObjectName : ((ArgumentException)thrown).ParamName);
    }

    [Fact]
    public void DiceSums_BadInput_IsNamed()
    {
        using var scope = NewDisposeScope();
        Tensor x = zeros(s_shape), y = full([5, 6, 40], 3, dtype: ScalarType.Byte);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => nn.functional.dice_sums(x, y, null!)).ParamName);
        var thrown = Assert.Throws<ArgumentOutOfRangeException>(() => nn.functional.dice_sums(x, y, DiceOptions.Default));
        Assert.Contains("the first is 3, in sample 0", thrown.Message, StringComparison.Ordinal);
    }

    // Not the same bits: where a volume is cut within a tile, and where what cross-entropy and focal loss divide by is added up in another order.
    private static void AssertWhole(
        Tensor x, Tensor y, Tensor w, DiceOptions options, Func<Tensor, int, Tensor> part, Func<DiceSums, DiceSums> pooled, bool sameBits)
    {
        double rounding = sameBits ? 0 : x.dtype switch { ScalarType.Float64 => 1e-15, ScalarType.Float32 => 1e-7, _ => 0.004 };
        Tensor whole = x.clone().requires_grad_(), leaf = x.clone().requires_grad_();
        Tensor truth = nn.functional.dice_loss(whole, y, options, w), upstream = arange(1, truth.numel() + 1, dtype: truth.dtype).reshape(truth.shape);
        truth.backward([upstream]);

        DiceSums sums = pooled(Sums(0));
        sums.Add(pooled(Sums(1)));
        for (int i = 0; i < 2; i++)
        {
            Tensor loss = nn.functional.dice_loss_of_sums(part(leaf, i), part(y, i), sums, options, part(w, i));
            AssertClose(truth, loss, Math.Min(rounding, 1e-7) * Largest(truth));
            loss.backward([upstream]);
        }

        AssertClose(whole.grad!, leaf.grad!, rounding * Largest(whole.grad!));
        Assert.True(Largest(whole.grad!) > 0);

        DiceSums Sums(int i) => nn.functional.dice_sums(part(x, i), part(y, i), options, part(w, i));
    }
}
