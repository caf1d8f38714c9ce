using System.Globalization;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>The module: the line users write, its state, and its words.</summary>
public class ModuleTests
{
    private static readonly long[] s_shape = [2, 3, 4, 5];

    [Fact]
    public void Call_AsTrainingCodeWritesIt_TrainsTheLogits()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float32, 1).requires_grad_(), y = RandomCase.Labels(s_shape, ScalarType.Int64, 1);

        using var loss = torch.nn.DiceLoss(weight: null, ignore_channel: -1, ignore_label: -1, smooth: 1e-3, p: 1, reduction: DiceReduction.Mean).call(x, y);
        loss.backward();

        Assert.Equal(nn.functional.dice_loss(x, y, null, -1, -1, 1e-3, 1, DiceReduction.Mean).item<float>(), loss.item<float>());
        Assert.Equal(s_shape, x.grad!.shape);
    }

    [Fact]
    public void DiceLoss_Defaults_AreTheOnesUsersExpect()
    {
        using DiceLossModule module = nn.DiceLoss();
        Assert.Equal(DiceOptions.Default, module.Options);
        Assert.Equal("DiceLoss(weight: null, ignore_channel: -1, ignore_label: -1, smooth: 0, p: 1, reduction: Mean)", module.ToString());
    }

    [Fact]
    public void ToString_EveryOptionSet_ShowsEachWithItsValue()
    {
        using DiceLossModule module = nn.DiceLoss(new DiceOptions
        {
            Activation = Activation.Sigmoid,
            ClassWeights = [0.2, 0.8],
            ClassAverage = ClassAverage.Included,
            Exponent = 2,
            IgnoreChannel = 0,
            IgnoreLabel = 255,
            Reduction = DiceReduction.Batch,
            Smooth = 1e-5,
            SmoothNumerator = 0,
            SmoothDenominator = 0.5,
        });
        Assert.Equal(
            "DiceLoss(weight: [0.2, 0.8], ignore_channel: 0, ignore_label: 255, smooth: 1E-05, p: 2, reduction: Batch, "
            + "activation: Sigmoid, smooth_numerator: 0, smooth_denominator: 0.5, class_average: Included)",
            module.ToString());
    }

    [Fact]
    public void ToString_AnyOptionChanged_ShowsIt()
    {
        DiceOptions[] changed =
        [
            new() { Activation = Activation.None },
            new() { Overlap = Overlap.Jaccard },
            new() { Overlap = Overlap.Tversky(0.25, 0.5) },
            new() { Overlap = Overlap.Matthews },
            new() { OverlapWeight = 0.5 },
            new() { CrossEntropy = new() },
            new() { CrossEntropy = new() { Weight = 0.5 } },
            new() { CrossEntropy = new() { ClassWeights = [1, 2] } },
            new() { CrossEntropy = new() { LabelSmoothing = 0.5 } },
            new() { CrossEntropy = new() { PositiveWeight = 0.5 } },
            new() { Focal = new() },
            new() { Focal = new() { Weight = 0.5 } },
            new() { Focal = new() { Gamma = 0.5 } },
            new() { Focal = new() { Alpha = 0.5 } },
            new() { Focal = new() { ClassWeights = [1, 2] } },
            new() { Focal = new() { IncludedClasses = [1] } },
            new() { Focal = new() { Average = FocalAverage.Voxels } },
            new() { Form = LossForm.LogCosh },
            new() { Gamma = 2 },
            new() { ClassGammas = [1, 2] },
            new() { MinScore = 0.5 },
            new() { Intersection = IntersectionForm.Minimum },
            new() { Exponent = 2 },
            new() { Smooth = 1 },
            new() { SmoothNumerator = 1 },
            new() { SmoothDenominator = 1 },
            new() { MinDenominator = 1 },
            new() { IgnoreLabel = 1 },
            new() { IgnoreChannel = 1 },
            new() { IncludedClasses = [1] },
            new() { AbsentClasses = AbsentClasses.Excluded },
            new() { ClassPooling = ClassPooling.Uniform },
            new() { ClassWeights = [1, 2] },
            new() { ClassWeighting = ClassWeighting.Normalized },
            new() { ClassAverage = ClassAverage.Included },
            new() { Reduction = DiceReduction.PerClass },
            new() { HardPrediction = HardPrediction.Argmax },
        ];
        string[] texts = [.. changed.Select(Text)];
        Assert.DoesNotContain(Text(DiceOptions.Default), texts);
        Assert.Equal(texts.Length, texts.Distinct().Count());
        Assert.All(typeof(DiceOptions).GetProperties().Where(p => p.CanWrite), p =>
            Assert.Contains(changed, options => !Equals(p.GetValue(options), p.GetValue(DiceOptions.Default)))); // none is forgotten here

        static string Text(DiceOptions options)
        {
            using DiceLossModule module = nn.DiceLoss(options);
            return module.ToString();
        }
    }

    [Fact]
    public void ToString_OtherCulture_WritesNumbersTheSame()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = commas;
        try
        {
            using DiceLossModule module = nn.FocalTverskyLoss(0.25, 0.75, 1.5, smooth: 0.5);
            Assert.Contains("smooth: 0.5", module.ToString(), StringComparison.Ordinal);
            Assert.EndsWith("overlap: Tversky(alpha: 0.25, beta: 0.75), gamma: 1.5)", module.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void StateDict_WithoutWeight_IsEmpty()
    {
        using DiceLossModule module = nn.DiceLoss();
        Assert.Empty(module.state_dict());
    }

    [Fact]
    public void StateDict_WithWeight_HoldsACopyOfIt()
    {
        using var scope = NewDisposeScope();
        Tensor weight = tensor([0.25f, 0.5f, 2f]);
        using DiceLossModule module = nn.DiceLoss(weight);
        weight.zero_();

        Assert.Equal(["weight"], module.state_dict().Keys);
        Assert.Equal([0.25f, 0.5f, 2f], module.state_dict()["weight"].data<float>().ToArray());
        Assert.Equal([0.25, 0.5, 2], module.Options.ClassWeights!);
    }

    [Fact]
    public void Weight_ModuleOutlivesTheScopeItWasMadeIn_IsStillThere()
    {
        DiceLossModule module;
        using (NewDisposeScope()) module = nn.DiceLoss(tensor([1f, 2f, 3f]));
        using (module) Assert.Equal([1f, 2f, 3f], module.state_dict()["weight"].data<float>().ToArray());
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void To_AnotherType_ConvertsTheBufferAndRoundsNothing(ScalarType type)
    {
        using var scope = NewDisposeScope();
        double[] weights = [0.1, 0.2, 0.7];
        using DiceLossModule module = nn.DiceLoss(tensor(weights));
        module.to(type);
        Loss(module);

        Assert.Equal(type, module.state_dict()["weight"].dtype);
        Assert.Equal(weights, module.Options.ClassWeights!);
    }

    [Fact]
    public void To_Meta_KeepsTheWeights()
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.DiceLoss(tensor([0.1, 0.2, 0.7]));
        double before = Loss(module);
        module.to(META);
        Assert.Equal(DeviceType.META, module.state_dict()["weight"].device_type);
        Assert.Equal(before, Loss(module));
    }

    [Fact]
    public void Weight_LazilyNegated_IsWhatItSays()
    {
        using var scope = NewDisposeScope();
        Tensor weight = complex(zeros(3, dtype: ScalarType.Float64), tensor([-1.0, -2, -3])).conj().imag;
        Assert.True(weight.is_neg());
        using DiceLossModule module = nn.DiceLoss(weight);
        Assert.Equal([1.0, 2, 3], module.Options.ClassWeights!);
        Assert.Throws<ArgumentOutOfRangeException>(() => nn.DiceLoss(complex(weight, weight).conj().imag));
    }

    [Fact]
    public void To_OfAModuleThatContainsIt_RoundsNothing()
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.DiceLoss(tensor([0.1, 0.2, 0.7]));
        using var network = new Network(module);
        network.half();
        Loss(module);

        Assert.Equal(ScalarType.Float16, module.state_dict()["weight"].dtype);
        Assert.Equal([0.1, 0.2, 0.7], module.Options.ClassWeights!);
    }

    [Fact]
    public void To_ATypeTooNarrowForAWeight_ChangesNoWeight()
    {
        using var scope = NewDisposeScope();
        double[] weights = [1, 1e5, 1];
        using DiceLossModule module = nn.DiceLoss(tensor(weights));
        double before = Loss(module);
        module.half();
        Assert.Equal(before, Loss(module));
        module.to(ScalarType.Float64);

        Assert.Equal(before, Loss(module));
        Assert.Equal(weights, module.Options.ClassWeights!);
    }

    [Fact]
    public void StateDict_ReadAfterConversion_RoundsNothing()
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.DiceLoss(tensor([0.1, 0.2, 0.7]));
        module.to(ScalarType.BFloat16);
        using var stream = new MemoryStream();
        module.save(stream);
        Assert.Equal([0.1, 0.2, 0.7], module.Options.ClassWeights!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LoadStateDict_HereOrInAModuleThatContainsIt_IsFollowed(bool contained)
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.DiceLoss(tensor([1.0, 1, 1]));
        using var network = new Network(module);
        double before = Loss(module);

        Tensor loaded = tensor([0.1, 0.2, 0.7]);
        if (contained) network.load_state_dict(new() { ["loss.weight"] = loaded });
        else module.load_state_dict(new() { ["weight"] = loaded });

        double after = Loss(module);
        Assert.NotEqual(before, after);
        Assert.Equal(Loss(nn.DiceLoss(loaded)), after);
        Assert.Equal([0.1, 0.2, 0.7], module.Options.ClassWeights!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_HereOrInAModuleThatContainsIt_IsFollowed(bool contained)
    {
        using var scope = NewDisposeScope();
        using DiceLossModule saved = nn.DiceLoss(tensor([0.1, 0.2, 0.7])), module = nn.DiceLoss(tensor([1.0, 1, 1]));
        using Network savedNetwork = new(saved), network = new(module);
        using var stream = new MemoryStream();
        (contained ? (nn.Module)savedNetwork : saved).save(stream);
        using var content = new MemoryStream(stream.ToArray());
        (contained ? (nn.Module)network : module).load(content);

        Assert.Equal(Loss(saved), Loss(module));
        Assert.Equal([0.1, 0.2, 0.7], module.Options.ClassWeights!);
    }

    [Fact]
    public void LoadStateDict_ThenConvertedWithoutACallBetween_IsFollowedUnrounded()
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.DiceLoss(tensor([1.0, 1, 1]));
        module.load_state_dict(new() { ["weight"] = tensor([0.1, 0.2, 0.7]) });
        module.half();
        Assert.Equal([0.1, 0.2, 0.7], module.Options.ClassWeights!);
    }

    [Fact]
    public void LoadStateDict_NegativeWeight_ThrowsAtTheNextCall()
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.DiceLoss(tensor([1.0, 1, 1]));
        module.load_state_dict(new() { ["weight"] = tensor([1.0, -1, 1]) });
        Assert.Contains("The weight of class 1 is -1", Assert.Throws<ArgumentOutOfRangeException>(() => Loss(module)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Loss(module));
        module.load_state_dict(new() { ["weight"] = tensor([1.0, 2, 1]) });
        Assert.Equal(Loss(nn.DiceLoss(tensor([1.0, 2, 1]))), Loss(module));
    }

    [Fact]
    public void Options_WithClassWeights_BecomeABuffer()
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.DiceLoss(new DiceOptions { ClassWeights = [0.1, 0.9, 0.3] });
        Assert.Equal([0.1, 0.9, 0.3], module.state_dict()["weight"].data<double>().ToArray());
        Assert.Equal(Loss(nn.DiceLoss(tensor([0.1, 0.9, 0.3]))), Loss(module));
    }

    private static double Loss(DiceLossModule module)
    {
        using var scope = NewDisposeScope();
        return module.call(RandomCase.Logits(s_shape, ScalarType.Float64, 2), RandomCase.Labels(s_shape, ScalarType.Byte, 2)).item<double>();
    }

    private sealed class Network : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly DiceLossModule _loss;

        public Network(DiceLossModule loss)
            : base(nameof(Network))
        {
            _loss = loss;
            register_module("loss", loss);
        }

        public override Tensor forward(Tensor input1, Tensor input2) => _loss.call(input1, input2);
    }
}
