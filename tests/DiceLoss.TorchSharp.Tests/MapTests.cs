using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Masks and soft targets: value and gradient are those of tensor operations in float64.</summary>
public sealed class MapTests
{
    private static readonly long[] s_shape = [2, 4, 5, 7];

    [Theory]
    [InlineData(ScalarType.Bool)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void DiceLoss_OneHotMapsOfAnyType_IsThatOfTheLabels(ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 1), y = RandomCase.Labels(s_shape, ScalarType.Int64, 1);
        Tensor maps = nn.functional.one_hot(y, 4).movedim([-1], [1]).to(type);
        Assert.False(maps.is_contiguous());
        AssertSameLoss(x, z => PlainRival.Loss(z, y, DiceOptions.Default), z => nn.functional.dice_loss(z, maps));
    }

    public static TheoryData<DiceReduction, Activation, int, ScalarType> Reductions => new()
    {
        { DiceReduction.Mean, Activation.Sigmoid, 1, ScalarType.Float64 },
        { DiceReduction.Sum, Activation.Sigmoid, 2, ScalarType.Float64 },
        { DiceReduction.None, Activation.Auto, 1, ScalarType.Float64 },
        { DiceReduction.Batch, Activation.Sigmoid, 1, ScalarType.Float64 },
        { DiceReduction.PerClass, Activation.Auto, 3, ScalarType.Float64 },
        { DiceReduction.Mean, Activation.None, 1, ScalarType.Float64 },
        { DiceReduction.Mean, Activation.Sigmoid, 1, ScalarType.Float32 },
        { DiceReduction.Batch, Activation.Auto, 2, ScalarType.Float32 },
    };

    [Theory]
    [MemberData(nameof(Reductions))]
    public void DiceLoss_MasksWithIgnoredPlaces_EqualsThePlainLoss(DiceReduction reduction, Activation activation, int exponent, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = activation, Exponent = exponent, Reduction = reduction, Smooth = 0.5, IgnoreLabel = 255 };
        Tensor x = RandomCase.Logits(s_shape, type, 2);
        if (activation == Activation.None) x = x.sigmoid();
        AssertEqualsPlain(x, RandomCase.Masks(s_shape, ScalarType.Byte, 2, ignoreLabel: 255), options);
    }

    [Theory]
    [MemberData(nameof(Reductions))]
    public void DiceLoss_SoftTargets_EqualsThePlainLoss(DiceReduction reduction, Activation activation, int exponent, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = activation, Exponent = exponent, Reduction = reduction, Smooth = 0.5 };
        Tensor x = RandomCase.Logits(s_shape, type, 3);
        if (activation == Activation.None) x = x.sigmoid();
        AssertEqualsPlain(x, RandomCase.SoftTargets(s_shape, ScalarType.Float32, 3), options);
    }

    [Theory]
    [InlineData(Activation.Sigmoid, ScalarType.Float64)]
    [InlineData(Activation.Softmax, ScalarType.Float64)]
    [InlineData(Activation.Sigmoid, ScalarType.Float32)]
    [InlineData(Activation.Softmax, ScalarType.Float32)]
    public void DiceLoss_MinimumForm_EqualsThePlainLoss(Activation activation, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = activation, Intersection = IntersectionForm.Minimum, Reduction = DiceReduction.None };
        AssertEqualsPlain(RandomCase.Logits(s_shape, type, 4), RandomCase.SoftTargets(s_shape, ScalarType.Float64, 4), options);
    }

    [Fact]
    public void DiceLoss_MinimumFormAtTheTarget_IsZeroWithoutAGradient()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 5).sigmoid().requires_grad_();
        Tensor loss = nn.functional.dice_loss(x, x.detach(), new DiceOptions { Activation = Activation.None, Intersection = IntersectionForm.Minimum });
        loss.backward();
        AssertClose(tensor(0.0), loss, 1e-15);
        AssertClose(zeros_like(x), x.grad!, 1e-15);
    }

    [Theory]
    [InlineData(ScalarType.Byte, Activation.Auto)]
    [InlineData(ScalarType.Float32, Activation.Auto)]
    [InlineData(ScalarType.Bool, Activation.Sigmoid)]
    [InlineData(ScalarType.Float64, Activation.None)]
    public void DiceLoss_OneChannel_TakesTheMapOfTheForeground(ScalarType type, Activation activation)
    {
        using var scope = NewDisposeScope();
        long[] shape = [3, 1, 4, 5];
        Tensor x = RandomCase.Logits(shape, ScalarType.Float64, 6), y = RandomCase.Masks(shape, type, 6);
        if (activation == Activation.None) x = x.sigmoid();
        AssertEqualsPlain(x, y, new DiceOptions { Activation = activation });
    }

    [Fact]
    public void DiceLoss_BoolLabelsOfTwoClasses_AreTheLabelsZeroAndOne()
    {
        using var scope = NewDisposeScope();
        foreach (long channels in (long[])[1, 2])
        {
            Tensor x = RandomCase.Logits([2, channels, 9], ScalarType.Float64, 7), y = RandomCase.Labels([2, channels, 9], ScalarType.Byte, 7);
            AssertClose(nn.functional.dice_loss(x, y), nn.functional.dice_loss(x, y.to(ScalarType.Bool)), 0);
        }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(3.5)]
    public void DiceLoss_MultiLabelWithBinaryCrossEntropy_IsTheSumOfBoth(double positiveWeight)
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions
        {
            Activation = Activation.Sigmoid,
            Smooth = 1e-3,
            CrossEntropy = new CrossEntropy { Weight = 0.5, PositiveWeight = positiveWeight },
        };
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 8), y = RandomCase.Masks(s_shape, ScalarType.Byte, 8);
        Tensor Plain(Tensor z) => new PlainMaps(z, y, options).Dice() + (0.5 * nn.functional.binary_cross_entropy_with_logits(
            z, y.to(ScalarType.Float64), pos_weights: tensor(positiveWeight, dtype: ScalarType.Float64)));
        using DiceLossModule module = nn.DiceLoss(options);
        AssertSameLoss(x, Plain, z => module.call(z, y));

        if (positiveWeight != 1) return;
        AssertSameLoss(x, Plain, z => nn.functional.dice_ce_loss(z, y, lambda_ce: 0.5, activation: Activation.Sigmoid, smooth: 1e-3));
        using DiceLossModule named = nn.DiceCELoss(lambda_ce: 0.5, activation: Activation.Sigmoid, smooth: 1e-3);
        AssertSameLoss(x, Plain, z => named.call(z, y));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.2)]
    public void DiceCELoss_SoftTargetsThatCompete_IsTorchsCrossEntropyOfProbabilities(double labelSmoothing)
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 9), weights = tensor([0.5, 1, 2, 0.25]);
        Tensor y = RandomCase.SoftTargets(s_shape, ScalarType.Float64, 9);
        y /= y.sum([1L], keepdim: true);
        AssertSameLoss(
            x,
            z => new PlainMaps(z, y, DiceOptions.Default).Dice() + nn.functional.cross_entropy(z, y, weights, label_smoothing: labelSmoothing),
            z => nn.functional.dice_ce_loss(z, y, ce_weight: weights, label_smoothing: labelSmoothing));
    }

    [Theory]
    [InlineData(ScalarType.Float16, 4.9e-4)]
    [InlineData(ScalarType.BFloat16, 3.91e-3)]
    public void DiceLoss_SixteenBitLogitsAndMaps_EqualsThePlainLossWithinOneRounding(ScalarType type, double rounding)
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = Activation.Sigmoid, Smooth = 1e-3, CrossEntropy = new() };
        Tensor x = RandomCase.Logits(s_shape, type, 10), y = RandomCase.SoftTargets(s_shape, type, 10);
        AssertSameLoss(
            x,
            z => new PlainMaps(z, y, options).Dice() + new PlainMaps(z, y, options).CrossEntropy(),
            z => nn.functional.dice_loss(z, y, options),
            2.4e-7,
            rounding);
    }

    [Fact]
    public void DiceLoss_MapsOfOtherLayouts_AreReadInPlace()
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = Activation.Sigmoid };
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 11), y = RandomCase.SoftTargets(s_shape, ScalarType.Float32, 11);
        Tensor truth = nn.functional.dice_loss(x, y, options);
        Tensor channelsLast = y.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2), sliced = cat([y, y], 3).slice(3, 7, 14, 1);
        Assert.False(channelsLast.is_contiguous() || sliced.is_contiguous());
        AssertClose(truth, nn.functional.dice_loss(x, channelsLast, options), 0);
        AssertClose(truth, nn.functional.dice_loss(x, sliced, options), 0);
        Tensor oneForAll = y.narrow(0, 0, 1).expand(s_shape);
        AssertClose(nn.functional.dice_loss(x, oneForAll.contiguous(), options), nn.functional.dice_loss(x, oneForAll, options), 0);
    }

    private static void AssertEqualsPlain(Tensor x, Tensor y, DiceOptions options)
    {
        bool isDouble = x.dtype == ScalarType.Float64;
        AssertSameLoss(
            x, z => new PlainMaps(z, y, options).Dice(), z => nn.functional.dice_loss(z, y, options), isDouble ? 1e-12 : 2.4e-7, isDouble ? 1e-11 : 2e-6);
    }
}
