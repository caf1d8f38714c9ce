using DiceLoss.Testing;

namespace DiceLoss.Abstractions.Tests;

/// <summary>Maps, weights and annotations that do not fit have their exception, before any provider sees anything. What maps and weights hold is judged by the conformance suite.</summary>
public sealed class BadTargetsTests : IDisposable
{
    private static readonly long[] s_shape = [2, 3, 4, 5];
    private static readonly long[] s_weightsShape = [2, 4, 5];

    private readonly SpyProvider _provider = new(ReferenceProvider.Shared);
    private readonly CaseRun _labels = new(new Case { Shape = s_shape, WeightsType = ElementType.Float32 });
    private readonly CaseRun _maps = new(new Case { Shape = s_shape, Targets = TargetKind.Maps, LabelsType = ElementType.Float32 });

    public void Dispose()
    {
        _labels.Dispose();
        _maps.Dispose();
    }

    [Theory]
    [InlineData(2L, 3L, 20L)]
    [InlineData(2L, 4L, 3L, 5L)]
    [InlineData(2L, 1L, 4L, 5L)]
    [InlineData(1L, 3L, 4L, 5L)]
    [InlineData(2L, 3L, 4L, 5L, 1L)]
    public void Forward_MapsOfAnotherShape_Throws(params long[] shape) => Refused(
        "targets", $"The targets have shape [{string.Join(", ", shape)}]; logits of shape [2, 3, 4, 5] need labels of shape [2, 4, 5] or maps of shape [2, 3, 4, 5].",
        () => Dice.Forward(_maps.Logits.Descriptor, new TensorDescriptor(_maps.Labels.Address, Device.Cpu, ElementType.Float32, shape), null, _provider));

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float64)]
    public void Forward_HardPredictionOfSoftMaps_Throws(ElementType type)
    {
        using var run = new CaseRun(_maps.Case with { LabelsType = type });
        foreach (HardPrediction prediction in new[] { HardPrediction.Argmax, HardPrediction.Threshold })
        {
            Refused("targets", $"The maps hold {type}, which may be soft; DiceOptions.HardPrediction counts labels and masks of integers.", () => Dice.Forward(
                run.Logits.Descriptor, run.Labels.Descriptor, new DiceOptions { HardPrediction = prediction }, _provider));
        }
    }

    [Fact]
    public void Forward_ArgmaxOfOneClass_Throws() => Refused(
        "options", "HardPrediction.Argmax needs two classes or more; for one, Threshold.",
        () => Dice.Forward(
            new TensorDescriptor(_labels.Logits.Address, Device.Cpu, ElementType.Float32, [2, 1, 4, 5]), _labels.Labels.Descriptor,
            new DiceOptions { Activation = Activation.Sigmoid, HardPrediction = HardPrediction.Argmax }, _provider));

    [Fact]
    public void Forward_PositiveWeightWithTwoChannels_Throws() => Refused(
        "options", "CrossEntropy.PositiveWeight is for Activation.TwoClassSigmoid and Sigmoid; the activation is Softmax.",
        () => Dice.Forward(
            new TensorDescriptor(_labels.Logits.Address, Device.Cpu, ElementType.Float32, [2, 2, 4, 5]), _labels.Labels.Descriptor,
            new DiceOptions { CrossEntropy = new CrossEntropy { PositiveWeight = 2 } }, _provider));

    public static TheoryData<long[]> WrongWeightShapes() =>
        [new long[] { 2, 20 }, new long[] { 2, 5, 4 }, new long[] { 3, 4, 5 }, new long[] { 4, 5 }, new long[] { 2, 3, 4, 5 }, new long[] { 2, 1, 4, 5 }, Array.Empty<long>()];

    [Theory]
    [MemberData(nameof(WrongWeightShapes))]
    public void Forward_WeightsOfAnotherShape_Throws(long[] shape) => RefusedWeights(
        $"The voxel weights have shape [{string.Join(", ", shape)}]; logits of shape [2, 3, 4, 5] need [2, 4, 5] or [1, 4, 5].",
        new TensorDescriptor(_labels.Weights!.Address, Device.Cpu, ElementType.Float32, shape));

    [Theory]
    [InlineData(ElementType.UInt8)]
    [InlineData(ElementType.Int64)]
    public void Forward_IntegerWeights_Throws(ElementType type) => RefusedWeights(
        $"The voxel weights hold {type}; they are floating point.", new TensorDescriptor(_labels.Weights!.Address, Device.Cpu, type, s_weightsShape));

    [Fact]
    public void Forward_WeightsThatAreNoTensor_Throws()
    {
        RefusedWeights("The address is 0, but the shape [2, 4, 5] has elements.", new TensorDescriptor(0, Device.Cpu, ElementType.Float32, s_weightsShape));
        RefusedWeights("The element type 77 is unknown.", new TensorDescriptor(_labels.Weights!.Address, Device.Cpu, (ElementType)77, s_weightsShape));
        RefusedWeights("There are 2 strides for 3 dimensions.", new TensorDescriptor(_labels.Weights.Address, Device.Cpu, ElementType.Float32, s_weightsShape, [5, 1]));
        RefusedWeights("leaves the address space.", new TensorDescriptor(_labels.Weights.Address, Device.Cpu, ElementType.Float32, s_weightsShape, [1L << 61, 5, 1]));
        RefusedWeights("is on cuda:1, the logits are on cpu; move them to one device.", new TensorDescriptor(_labels.Weights.Address, Device.Cuda(1), ElementType.Float32, s_weightsShape));
    }

    [Fact]
    public void Forward_AnnotatedThatDoesNotFit_Throws()
    {
        RefusedAnnotated("Annotated has 5 values; 2 samples and 3 classes need 6.", 5, null);
        RefusedAnnotated("Annotated has 1 values; 2 samples and 3 classes need 6.", 1, null);
        const string Competing = "Where classes compete, cross-entropy and focal loss need every class annotated; Annotated goes with Activation.Sigmoid, or without those terms.";
        RefusedAnnotated(Competing, 6, new DiceOptions { CrossEntropy = new CrossEntropy() });
        RefusedAnnotated(Competing, 6, new DiceOptions { Focal = new Focal(), Activation = Activation.Softmax });

        void RefusedAnnotated(string message, int count, DiceOptions? options) => Refused("annotated", message, () => Dice.Forward(
            _labels.Logits.Descriptor, new DiceTargets(_labels.Labels.Descriptor) { Annotated = new bool[count] }, options, _provider));
    }

    [Fact]
    public void Backward_ResultOfTheOtherKindOfTargets_Throws()
    {
        DiceResult ofLabels = _labels.Forward(ReferenceProvider.Shared), ofMaps = _maps.Forward(ReferenceProvider.Shared);
        Refused("result", "The result is that of Labels; the targets are Maps.", () => Dice.Backward(
            ofLabels, _maps.Logits.Descriptor, _maps.Targets, default, _maps.Gradient.Descriptor, provider: _provider));
        Refused("result", "The result is that of Maps; the targets are Labels.", () => Dice.Backward(
            ofMaps, _labels.Logits.Descriptor, _labels.Targets, default, _labels.Gradient.Descriptor, provider: _provider));
    }

    [Fact]
    public void Backward_GradientOverMapsOrWeights_Throws()
    {
        DiceResult ofLabels = _labels.Forward(ReferenceProvider.Shared), ofMaps = _maps.Forward(ReferenceProvider.Shared);
        Refused("gradient", "The gradient buffer overlaps the targets.", () => Dice.Backward(
            ofMaps, _maps.Logits.Descriptor, _maps.Targets, default, new TensorDescriptor(_maps.Labels.AddressOf(119), Device.Cpu, ElementType.Float32, s_shape), provider: _provider));
        Refused("gradient", "The gradient buffer overlaps the voxel weights.", () => Dice.Backward(
            ofLabels, _labels.Logits.Descriptor, _labels.Targets, default,
            new TensorDescriptor(_labels.Weights!.AddressOf(39) + 3, Device.Cpu, ElementType.Float32, s_shape), provider: _provider));
    }

    [Fact]
    public void Forward_TargetsOfASingleDescriptor_AreLabelsOrMapsByTheirRank()
    {
        Assert.Equal(TargetKind.Labels, Dice.Sums(_labels.Logits.Descriptor, _labels.Labels.Descriptor, null, _provider).TargetKind);
        Assert.Equal(TargetKind.Maps, Dice.Sums(_maps.Logits.Descriptor, _maps.Labels.Descriptor, null, _provider).TargetKind);
        Assert.Equal(2, _provider.Calls);
    }

    private void RefusedWeights(string message, TensorDescriptor weights)
    {
        ArgumentException? error = null;
        try
        {
            Dice.Forward(_labels.Logits.Descriptor, new DiceTargets(_labels.Labels.Descriptor) { VoxelWeights = weights }, null, _provider);
        }
        catch (ArgumentException e)
        {
            error = e;
        }

        Refused("voxelWeights", message, () => throw error!);
    }

    // The exception, and nothing else: no provider was called.
    private void Refused(string parameter, string message, Action call)
    {
        var error = Assert.Throws<ArgumentException>(call);
        Assert.Equal(parameter, error.ParamName);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _provider.Calls);
    }
}
