using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Dice and IoU of the hard prediction: from the pass of the loss, and alone, as argmax, one-hot masks and sums give them.</summary>
public sealed class MetricsTests
{
    private static readonly long[] s_shape = [3, 4, 6, 5];

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void LossAndMetrics_LabelsThatCompete_AreMonaisMeanOfTheArgmax(ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, type, 1).requires_grad_(), y = RandomCase.Labels(s_shape, ScalarType.Int64, 1);
        y[1] = where(y[1] == 2, zeros_like(y[1]), y[1]); // an absent class, which MONAI leaves out
        using DiceLossModule module = nn.DiceLoss(smooth: 1e-3);
        (Tensor loss, DiceMetrics metrics) = module.loss_and_metrics(x, y);

        AssertClose(module.call(x, y), loss, 0);
        loss.backward();
        Tensor gradient = x.grad!.clone();
        x.grad!.zero_();
        module.call(x, y).backward();
        AssertClose(x.grad!, gradient, 0);

        (Tensor dice, Tensor iou) = Scores(OneHot(x.argmax(1)), OneHot(y), ones(3, 4, 30, dtype: ScalarType.Float64));
        AssertMetrics(dice, iou, metrics);
        Assert.True(double.IsNaN(metrics.Dice(1, 2)));
        double[] scores = Values(dice);
        Assert.Equal(Enumerable.Range(0, 3).Average(n => scores[(4 * n)..(4 * (n + 1))].Where(double.IsFinite).Average()), metrics.Mean(), 1e-12);
        AssertMetrics(dice, iou, nn.functional.dice_metrics(x, y));
        (Tensor same, metrics) = nn.functional.dice_loss_and_metrics(x, y, new DiceOptions { Smooth = 1e-3 });
        AssertClose(loss, same, 0);
        AssertMetrics(dice, iou, metrics);
    }

    [Theory]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    [InlineData(ScalarType.Int64)]
    public void DiceMetrics_MasksThatOverlap_AreThoseOfTheThreshold(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = Activation.Sigmoid };
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float32, 2), y = RandomCase.Masks(s_shape, type, 2);
        (Tensor dice, Tensor iou) = Scores(Flat(x > 0), Flat(y), ones(3, 4, 30, dtype: ScalarType.Float64));
        AssertMetrics(dice, iou, nn.functional.dice_metrics(x, y, options));
        AssertMetrics(dice, iou, nn.functional.dice_loss_and_metrics(x, y, options).metrics);

        // Already probabilities: masks are each on their own, labels are not.
        options = new DiceOptions { Activation = Activation.None };
        AssertMetrics(dice, iou, nn.functional.dice_metrics(x.sigmoid(), y, options));
        Tensor labels = RandomCase.Labels(s_shape, ScalarType.Byte, 2);
        (dice, iou) = Scores(OneHot(x.argmax(1)), OneHot(labels), ones(3, 4, 30, dtype: ScalarType.Float64));
        AssertMetrics(dice, iou, nn.functional.dice_metrics(x.softmax(1), labels, options));
    }

    [Fact]
    public void DiceMetrics_OneChannel_CountsBothClassesOrTheForegroundAlone()
    {
        using var scope = NewDisposeScope();
        long[] shape = [2, 1, 40];
        Tensor x = RandomCase.Logits(shape, ScalarType.Float32, 3), y = RandomCase.Labels(shape, ScalarType.Byte, 3), w = ones(2, 2, 40, dtype: ScalarType.Float64);
        Tensor foreground = (x > 0).to(ScalarType.Float64), truth = y.unsqueeze(1).to(ScalarType.Float64);
        (Tensor dice, Tensor iou) = Scores(cat([1 - foreground, foreground], 1), cat([1 - truth, truth], 1), w);
        AssertMetrics(dice, iou, nn.functional.dice_metrics(x, y));
        (dice, iou) = Scores(foreground, truth, w.narrow(1, 0, 1));
        AssertMetrics(dice, iou, nn.functional.dice_metrics(x, y, new DiceOptions { Activation = Activation.Sigmoid }));
        AssertMetrics(dice, iou, nn.functional.dice_metrics(x.sigmoid(), y, new DiceOptions { Activation = Activation.None }));
    }

    [Fact]
    public void DiceMetrics_WeightsIgnoredVoxelsAndAnnotated_CountWhatCounts()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 4), y = RandomCase.Labels(s_shape, ScalarType.Int64, 4, ignoreLabel: 255);
        Tensor w = RandomCase.VoxelWeights(s_shape, ScalarType.Float64, 4), annotated = ones(3, 4, dtype: ScalarType.Bool);
        annotated[1, 2] = false;
        Tensor counts = y.ne(255), weights = (w * counts).reshape(3, 1, 30).expand(3, 4, 30);
        (Tensor dice, Tensor iou) = Scores(OneHot(x.argmax(1)), OneHot(where(counts, y, zeros_like(y))), weights);
        dice[1, 2] = double.NaN;
        iou[1, 2] = double.NaN;
        AssertMetrics(dice, iou, nn.functional.dice_metrics(x, y, new DiceOptions { IgnoreLabel = 255 }, w, annotated));
        using DiceLossModule module = nn.DiceLoss(ignore_label: 255);
        AssertMetrics(dice, iou, module.loss_and_metrics(x, y, w, annotated).metrics);
    }

    [Fact]
    public void LossAndMetrics_HardPredictionOfTheOptions_IsKept()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 5), y = RandomCase.Masks(s_shape, ScalarType.Byte, 5);
        var options = new DiceOptions { Activation = Activation.Sigmoid, HardPrediction = HardPrediction.Argmax };
        (Tensor dice, Tensor iou) = Scores(OneHot(x.argmax(1)), Flat(y), ones(3, 4, 30, dtype: ScalarType.Float64));
        AssertMetrics(dice, iou, nn.functional.dice_loss_and_metrics(x, y, options).metrics);
        AssertMetrics(dice, iou, nn.functional.dice_metrics(x, y, options));
    }

    [Fact]
    public void DiceMetrics_OptionsOfAnyLoss_LookAtNoneOfIt()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 6).requires_grad_(), y = RandomCase.Labels(s_shape, ScalarType.Byte, 6);
        Tensor annotated = ones(3, 4, dtype: ScalarType.Bool); // which a loss with cross-entropy refuses
        var options = new DiceOptions { CrossEntropy = new() { ClassWeights = [1, 2] }, ClassWeights = [1], Reduction = DiceReduction.PerClass };
        Assert.Equal(nn.functional.dice_metrics(x, y).Mean(), nn.functional.dice_metrics(x, y, options, annotated: annotated).Mean());
    }

    [Fact]
    public void DiceMetrics_SoftTargets_SaysWhatIsCounted()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float32, 7), y = RandomCase.SoftTargets(s_shape, ScalarType.Float32, 7);
        foreach (Action call in (Action[])[() => nn.functional.dice_metrics(x, y), () => nn.functional.dice_loss_and_metrics(x, y)])
        {
            ArgumentException thrown = Assert.Throws<ArgumentException>(call);
            Assert.StartsWith("The maps hold Float32, which may be soft;", thrown.Message, StringComparison.Ordinal);
        }
    }

    private static Tensor Flat(Tensor maps) => maps.to(ScalarType.Float64).reshape(maps.shape[0], maps.shape[1], -1);

    private static Tensor OneHot(Tensor labels) => nn.functional.one_hot(labels.reshape(labels.shape[0], -1).to(ScalarType.Int64), 4).transpose(1, 2).to(ScalarType.Float64);

    // (N, K), NaN where there is no target, as MONAI's DiceMetric with ignore_empty.
    private static (Tensor Dice, Tensor Iou) Scores(Tensor h, Tensor t, Tensor w)
    {
        Tensor both = (w * h * t).sum([2L]), masses = (w * (h + t)).sum([2L]), isAbsent = (w * t).sum([2L]).eq(0);
        Tensor nan = full_like(both, double.NaN);
        return (where(isAbsent, nan, 2 * both / masses), where(isAbsent, nan, both / (masses - both)));
    }

    private static void AssertMetrics(Tensor dice, Tensor iou, DiceMetrics metrics)
    {
        Assert.Equal((dice.shape[0], dice.shape[1]), (metrics.Samples, metrics.Classes));
        double[] ourDice = new double[dice.numel()], ourIou = new double[iou.numel()];
        for (int i = 0; i < ourDice.Length; i++)
        {
            (ourDice[i], ourIou[i]) = (metrics.Dice(i / metrics.Classes, i % metrics.Classes), metrics.Iou(i / metrics.Classes, i % metrics.Classes));
        }

        AssertClose(dice, tensor(ourDice).reshape(dice.shape), 1e-12);
        AssertClose(iou, tensor(ourIou).reshape(iou.shape), 1e-12);
    }
}
