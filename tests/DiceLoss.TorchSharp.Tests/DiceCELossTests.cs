using DiceLoss.Testing;
using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Dice and cross-entropy under their own name: the sum of both, whoever is asked.</summary>
public sealed class DiceCELossTests
{
    private static readonly long[] s_shape = [2, 4, 5, 6];

    [Fact]
    public void DiceCELoss_ModuleAndFunction_AreTheSumOfDiceAndCrossEntropy()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 3).requires_grad_(), y = RandomCase.Labels(s_shape, ScalarType.Int64, 3, ignoreLabel: 255);
        Tensor weight = tensor([0.2, 0.3, 0.4, 0.1]), ceWeight = tensor([1.0, 2, 0.5, 0.25]);
        Tensor truth = (0.5 * nn.functional.dice_loss(x, y, weight, ignore_channel: 1, ignore_label: 255, smooth: 0.1, p: 2))
            + (3 * nn.functional.cross_entropy(x, y, ceWeight, ignore_index: 255, label_smoothing: 0.2));
        truth.backward();
        Tensor gradient = x.grad!.clone();

        var module = nn.DiceCELoss(weight, ceWeight, 0.2, 0.5, 3, ignore_channel: 1, ignore_label: 255, smooth: 0.1, p: 2);
        Assert.Equal("DiceCELoss", module.GetName());
        foreach (Func<Tensor> loss in new[]
        {
            () => module.call(x, y),
            () => nn.functional.dice_ce_loss(x, y, weight, ceWeight, 0.2, 0.5, 3, ignore_channel: 1, ignore_label: 255, smooth: 0.1, p: 2),
        })
        {
            x.grad!.zero_();
            Tensor ours = loss();
            AssertClose(truth, ours, 1e-12);
            ours.backward();
            AssertClose(gradient, x.grad!, 1e-12);
        }
    }

    [Fact]
    public void DiceCELoss_OneChannelWithPositiveWeight_IsBinaryCrossEntropy()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits([3, 1, 40], ScalarType.Float64, 5).requires_grad_(), y = RandomCase.Labels([3, 1, 40], ScalarType.Int64, 5);
        var options = new DiceOptions { OverlapWeight = 0, CrossEntropy = new CrossEntropy { PositiveWeight = 2.5 } };
        Tensor truth = nn.functional.binary_cross_entropy_with_logits(x.squeeze(1), y.to_type(ScalarType.Float64), pos_weights: tensor(2.5, dtype: ScalarType.Float64));
        truth.backward();
        Tensor gradient = x.grad!.clone();
        x.grad!.zero_();
        Tensor ours = nn.functional.dice_loss(x, y, options);
        AssertClose(truth, ours, 1e-13);
        ours.backward();
        AssertClose(gradient, x.grad!, 1e-13);
    }

    [Fact]
    public void DiceCELoss_BadArguments_AreNamed()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("lambda_ce", Assert.Throws<ArgumentOutOfRangeException>(() => nn.DiceCELoss(lambda_ce: -1)).ParamName);
        Assert.Equal("lambda_dice", Assert.Throws<ArgumentOutOfRangeException>(() => nn.DiceCELoss(lambda_dice: double.NaN)).ParamName);
        Assert.Equal("LabelSmoothing", Assert.Throws<ArgumentOutOfRangeException>(() => nn.DiceCELoss(label_smoothing: 2)).ParamName);
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float32, 1), y = RandomCase.Labels(s_shape, ScalarType.Int64, 1);
        var error = Assert.Throws<ArgumentException>(() => nn.functional.dice_ce_loss(x, y, ce_weight: ones(3)));
        Assert.StartsWith("CrossEntropy.ClassWeights has 3 weights for 4 classes.", error.Message, StringComparison.Ordinal);
    }
}
