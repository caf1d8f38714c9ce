using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Dice and focal loss under their own name: the sum of both, in both forms.</summary>
public sealed class DiceFocalLossTests
{
    private static readonly long[] s_shape = [2, 4, 5, 6];

    public static TheoryData<Activation, double, double?, bool> Cases => new()
    {
        { Activation.Auto, 2, null, false },
        { Activation.Auto, 2, 0.25, false },
        { Activation.Auto, 0.5, 0.75, true },
        { Activation.Auto, 3.5, null, true },
        { Activation.Sigmoid, 2, null, false },
        { Activation.Sigmoid, 2, 0.25, true },
        { Activation.Sigmoid, 1, 0.75, false },
        { Activation.Sigmoid, 1.5, null, true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void DiceFocalLoss_ModuleAndFunction_AreTheSumOfDiceAndFocalLoss(Activation activation, double gamma, double? alpha, bool maps)
    {
        using var scope = NewDisposeScope();
        Tensor weights = tensor([0.5, 1, 2, 0.25]);
        var options = new DiceOptions
        {
            Activation = activation,
            Smooth = 0.1,
            IgnoreLabel = 255,
            OverlapWeight = 0.5,
            Focal = new Focal { Gamma = gamma, Alpha = alpha, ClassWeights = [0.5, 1, 2, 0.25], Weight = 3 },
        };
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 1);
        Tensor y = maps ? RandomCase.Masks(s_shape, ScalarType.Byte, 1, 255) : RandomCase.Labels(s_shape, ScalarType.Byte, 1, 255);
        Tensor Plain(Tensor z) => (0.5 * new PlainMaps(z, y, options).Dice()) + (3 * new PlainMaps(z, y, options).Focal());

        using DiceLossModule module = nn.DiceFocalLoss(null, gamma, alpha, 0.5, 3, weights, activation, ignore_label: 255, smooth: 0.1);
        Assert.Equal("DiceFocalLoss", module.GetName());
        Assert.Equal(options, module.Options);
        AssertSameLoss(x, Plain, z => module.call(z, y));
        AssertSameLoss(x, Plain, z => nn.functional.dice_focal_loss(z, y, null, gamma, alpha, 0.5, 3, weights, activation, ignore_label: 255, smooth: 0.1));

        Tensor single = x.to(ScalarType.Float32);
        AssertSameLoss(single, Plain, z => module.call(z, y), 2.4e-7, 2e-6);
    }

    [Fact]
    public void DiceFocalLoss_OneChannel_IsOfTwoClasses()
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Focal = new() { Alpha = 0.25 } };
        Tensor x = RandomCase.Logits([2, 1, 30], ScalarType.Float64, 2), y = RandomCase.Labels([2, 1, 30], ScalarType.Byte, 2);
        AssertSameLoss(
            x, z => new PlainMaps(z, y, options).Dice() + new PlainMaps(z, y, options).Focal(), z => nn.functional.dice_focal_loss(z, y, alpha: 0.25));
    }

    [Fact]
    public void DiceFocalLoss_WeightMapAndAnnotated_EqualsThePlainLoss()
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = Activation.Sigmoid, Focal = new() };
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 3), y = RandomCase.Masks(s_shape, ScalarType.Bool, 3);
        Tensor w = RandomCase.VoxelWeights(s_shape, ScalarType.Float64, 3), annotated = tensor([true, false, true, true, false, true, true, false]).reshape(2, 4);
        using DiceLossModule module = nn.DiceFocalLoss(activation: Activation.Sigmoid);
        AssertSameLoss(
            x,
            z => new PlainMaps(z, y, options, w, annotated).Dice() + new PlainMaps(z, y, options, w, annotated).Focal(),
            z => module.call(z, y, w, annotated));
    }

    [Fact]
    public void DiceFocalLoss_GammaZero_IsDiceAndCrossEntropyOverTheClasses()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 4), y = RandomCase.Labels(s_shape, ScalarType.Int64, 4);
        AssertSameLoss(x, z => nn.functional.dice_ce_loss(z, y, lambda_ce: 0.25), z => nn.functional.dice_focal_loss(z, y, gamma: 0));
    }

    [Fact]
    public void ToString_DiceFocalLoss_ShowsTheFocalLoss()
    {
        using DiceLossModule module = nn.DiceFocalLoss(gamma: 1.5);
        Assert.EndsWith(
            "focal: (weight: 1, gamma: 1.5, alpha: null, class_weights: null, included_classes: null, average: Elements))", module.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void DiceFocalLoss_BadArguments_AreNamed()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("Gamma", Assert.Throws<ArgumentOutOfRangeException>(() => nn.DiceFocalLoss(gamma: -1)).ParamName);
        Assert.Equal("Alpha", Assert.Throws<ArgumentOutOfRangeException>(() => nn.DiceFocalLoss(alpha: 2)).ParamName);
        Assert.Equal("lambda_focal", Assert.Throws<ArgumentOutOfRangeException>(() => nn.DiceFocalLoss(lambda_focal: double.NaN)).ParamName);
        Assert.Equal("lambda_dice", Assert.Throws<ArgumentOutOfRangeException>(() => nn.DiceFocalLoss(lambda_dice: -1)).ParamName);
        Assert.Equal("Activation", Assert.Throws<ArgumentOutOfRangeException>(() => nn.DiceFocalLoss(activation: (Activation)17)).ParamName);
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float32, 1), y = RandomCase.Labels(s_shape, ScalarType.Int64, 1);
        var error = Assert.Throws<ArgumentException>(() => nn.functional.dice_focal_loss(x, y, focal_weight: ones(3)));
        Assert.StartsWith("Focal.ClassWeights has 3 weights for 4 classes.", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => nn.functional.dice_focal_loss(x, y, activation: Activation.None));
        Assert.StartsWith("Focal needs logits; the activation is None.", error.Message, StringComparison.Ordinal);
    }
}
