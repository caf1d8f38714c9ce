using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Weights of voxels, and what is annotated: value and gradient are those of tensor operations in float64.</summary>
public sealed class VoxelWeightTests
{
    private static readonly long[] s_shape = [3, 4, 5, 7];

    public static TheoryData<DiceReduction, Activation, bool> Cases => new()
    {
        { DiceReduction.Mean, Activation.Auto, false },
        { DiceReduction.None, Activation.Auto, true },
        { DiceReduction.Batch, Activation.Sigmoid, true },
        { DiceReduction.PerClass, Activation.Sigmoid, false },
        { DiceReduction.Sum, Activation.Sigmoid, true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void DiceLoss_WeightMap_EqualsThePlainLoss(DiceReduction reduction, Activation activation, bool maps)
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = activation, Reduction = reduction, Smooth = 0.25, IgnoreLabel = 255 };
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 1), y = Targets(maps), w = RandomCase.VoxelWeights(s_shape, ScalarType.Float64, 1);
        using DiceLossModule module = nn.DiceLoss(options);
        AssertSameLoss(x, z => new PlainMaps(z, y, options, w).Dice(), z => nn.functional.dice_loss(z, y, options, w));
        AssertSameLoss(x, z => new PlainMaps(z, y, options, w).Dice(), z => module.call(z, y, w));

        // Single precision, within its bounds.
        Tensor single = x.to(ScalarType.Float32), singleW = w.to(ScalarType.Float32);
        AssertSameLoss(single, z => new PlainMaps(z, y, options, singleW).Dice(), z => module.call(z, y, singleW), 2.4e-7, 2e-6);
    }

    [Theory]
    [InlineData(Activation.Auto, false)]
    [InlineData(Activation.Auto, true)]
    [InlineData(Activation.Sigmoid, false)]
    [InlineData(Activation.Sigmoid, true)]
    public void DiceCELoss_WeightMap_IsTheWeightedMean(Activation activation, bool maps)
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = activation, IgnoreLabel = 255, CrossEntropy = new() };
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 2), y = Targets(maps), w = RandomCase.VoxelWeights(s_shape, ScalarType.Float32, 2);
        AssertSameLoss(
            x,
            z => new PlainMaps(z, y, options, w).Dice() + new PlainMaps(z, y, options, w).CrossEntropy(),
            z => nn.functional.dice_loss(z, y, options, w));
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void DiceLoss_WeightsOfAnyType_AreReadAsTheyAre(ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 3), y = RandomCase.Labels(s_shape, ScalarType.Byte, 3);
        Tensor w = RandomCase.VoxelWeights(s_shape, type, 3);
        AssertSameLoss(x, z => new PlainMaps(z, y, DiceOptions.Default, w).Dice(), z => nn.functional.dice_loss(z, y, DiceOptions.Default, w));
    }

    [Fact]
    public void DiceLoss_WeightsSharedOrExpanded_AreReadInPlace()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 4), y = RandomCase.Labels(s_shape, ScalarType.Byte, 4);
        Tensor shared = RandomCase.VoxelWeights([1, .. s_shape[1..]], ScalarType.Float64, 4), expanded = shared.expand(3, 5, 7);
        Assert.Equal(0, expanded.stride(0));
        foreach (Tensor w in (Tensor[])[shared, expanded])
        {
            AssertSameLoss(
                x, z => new PlainMaps(z, y, DiceOptions.Default, expanded.contiguous()).Dice(), z => nn.functional.dice_loss(z, y, DiceOptions.Default, w));
        }

        Tensor turned = RandomCase.VoxelWeights([3, 4, 7, 5], ScalarType.Float64, 5).transpose(1, 2);
        AssertClose(
            nn.functional.dice_loss(x, y, DiceOptions.Default, turned.contiguous()), nn.functional.dice_loss(x, y, DiceOptions.Default, turned), 0);
        AssertClose(
            nn.functional.dice_loss(x, y, DiceOptions.Default), nn.functional.dice_loss(x, y, DiceOptions.Default, ones(1).expand(3, 5, 7)), 1e-15);
    }

    [Fact]
    public void Backward_WeightZeroOverNotANumber_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        Tensor y = RandomCase.Labels(s_shape, ScalarType.Byte, 6), w = ones(3, 5, 7), x = RandomCase.Logits(s_shape, ScalarType.Float64, 6);
        w[1, 2, 3] = 0;
        Tensor spoilt = x.clone();
        spoilt.select(0, 1).select(1, 2).select(1, 3).fill_(double.NaN);

        Tensor GradientOf(Tensor logits)
        {
            Tensor leaf = logits.clone().requires_grad_();
            nn.functional.dice_loss(leaf, y, DiceOptions.Default, w).backward();
            return leaf.grad!;
        }

        Tensor gradient = GradientOf(spoilt);
        AssertClose(GradientOf(x), gradient, 0);
        AssertClose(zeros(4, dtype: ScalarType.Float64), gradient.select(0, 1).select(1, 2).select(1, 3), 0);
    }

    public static TheoryData<DiceReduction, Activation> Annotations => new()
    {
        { DiceReduction.Mean, Activation.Auto },
        { DiceReduction.None, Activation.Sigmoid },
        { DiceReduction.Sum, Activation.Sigmoid },
        { DiceReduction.Batch, Activation.Auto },
        { DiceReduction.PerClass, Activation.Sigmoid },
    };

    [Theory]
    [MemberData(nameof(Annotations))]
    public void DiceLoss_PartlyAnnotated_EqualsThePlainLoss(DiceReduction reduction, Activation activation)
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = activation, Reduction = reduction, Smooth = 0.25, IgnoreLabel = 255 };
        Tensor annotated = Annotated();
        foreach (bool maps in (bool[])[false, true])
        {
            Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 7), y = Targets(maps);
            AssertSameLoss(
                x, z => new PlainMaps(z, y, options, null, annotated).Dice(), z => nn.functional.dice_loss(z, y, options, annotated: annotated));
        }
    }

    [Fact]
    public void DiceCELoss_PartlyAnnotatedWithWeights_EqualsThePlainLoss()
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions { Activation = Activation.Sigmoid, CrossEntropy = new() { PositiveWeight = 2 }, IgnoreLabel = 255 };
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 8), y = Targets(maps: true), annotated = Annotated();
        Tensor w = RandomCase.VoxelWeights(s_shape, ScalarType.Float32, 8);
        using DiceLossModule module = nn.DiceLoss(options);
        AssertSameLoss(
            x,
            z => new PlainMaps(z, y, options, w, annotated).Dice() + new PlainMaps(z, y, options, w, annotated).CrossEntropy(),
            z => module.call(z, y, w, annotated));
    }

    [Fact]
    public void DiceLoss_AnnotatedOfAnotherLayout_IsReadAsItIs()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 9), y = RandomCase.Labels(s_shape, ScalarType.Byte, 9), annotated = Annotated();
        Tensor turned = annotated.t().contiguous().t();
        Assert.False(turned.is_contiguous());
        AssertClose(
            nn.functional.dice_loss(x, y, DiceOptions.Default, annotated: annotated), nn.functional.dice_loss(x, y, DiceOptions.Default, annotated: turned), 0);
    }

    [Fact]
    public void Call_WithWeights_RunsTheHooks()
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.DiceLoss();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 10), y = RandomCase.Labels(s_shape, ScalarType.Byte, 10);
        Tensor w = RandomCase.VoxelWeights(s_shape, ScalarType.Float64, 10);
        List<string> seen = [];
        module.register_forward_pre_hook(_ => seen.Add("module before"));
        module.register_forward_pre_hook((_, logits, targets) =>
        {
            seen.Add("before");
            return (logits * 2, targets);
        });
        module.register_forward_hook((_, logits, _, loss) =>
        {
            seen.Add("after");
            AssertClose(x * 2, logits, 0);
            return loss * 3;
        });
        module.register_forward_hook((_, _, _, _) => null!); // what returns nothing changes nothing
        module.register_forward_hook(_ => seen.Add("module after"));

        AssertClose(3 * nn.functional.dice_loss(x * 2, y, DiceOptions.Default, w), module.call(x, y, w), 0);
        Assert.Equal(["module before", "before", "after", "module after"], seen);
        (Tensor loss, DiceMetrics metrics) = module.loss_and_metrics(x, y, w);
        AssertClose(3 * nn.functional.dice_loss(x * 2, y, DiceOptions.Default, w), loss, 0);
        Assert.Equal(8, seen.Count);
        Assert.Equal(3, metrics.Samples);
    }

    private static Tensor Targets(bool maps) => maps
        ? RandomCase.Masks(s_shape, ScalarType.Byte, 1, ignoreLabel: 255)
        : RandomCase.Labels(s_shape, ScalarType.Int16, 1, ignoreLabel: 255);

    // Of the last sample nothing is known, and of class 3 nothing in any.
    private static Tensor Annotated() => tensor([true, false, true, false, true, true, false, false, false, false, false, false]).reshape(3, 4);
}
