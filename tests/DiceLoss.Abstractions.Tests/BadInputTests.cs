using System.Runtime.CompilerServices;
using DiceLoss.Checks;
using DiceLoss.Testing;

namespace DiceLoss.Abstractions.Tests;

/// <summary>Every wrong input has its exception, before any provider sees anything and with every buffer as it was.</summary>
public sealed class BadInputTests : IDisposable
{
    private static readonly long[] s_shape = [2, 3, 4, 5];
    private static readonly long[] s_labelsShape = [2, 4, 5];

    private readonly SpyProvider _provider = new(ReferenceProvider.Shared);
    private readonly CaseRun _run = new(new Case { Shape = s_shape, Seed = 1 });
    private readonly DiceResult _result;

    public BadInputTests() => _result = _run.Forward(ReferenceProvider.Shared);

    public void Dispose() => _run.Dispose();

    public static TheoryData<long[], long[], string, string> WrongShapes() => new()
    {
        { [2], [2], "logits", "The logits have shape [2]; they have shape [N, C, ...]: samples, channels, space." },
        { [], [], "logits", "The logits have shape []; they have shape [N, C, ...]: samples, channels, space." },
        { [2, 0, 5], [2, 5], "logits", "The logits have 0 channels (shape [2, 0, 5]); they have 1 to 16777216." },
        { [0, 16777217], [0], "logits", "The logits have 16777217 channels (shape [0, 16777217]); they have 1 to 16777216." },
        { [2, 3, 4, 5], [2, 4, 5, 1], "targets", "The targets have shape [2, 4, 5, 1]; logits of shape [2, 3, 4, 5] need labels of shape [2, 4, 5] or maps of shape [2, 3, 4, 5]." },
        { [2, 3, 4, 5], [2, 20], "targets", "The targets have shape [2, 20]; logits of shape [2, 3, 4, 5] need labels of shape [2, 4, 5] or maps of shape [2, 3, 4, 5]." },
        { [2, 3, 4, 5], [2, 2, 4, 5], "targets", "The targets have shape [2, 2, 4, 5]; logits of shape [2, 3, 4, 5] need labels of shape [2, 4, 5] or maps of shape [2, 3, 4, 5]." },
        { [2, 3, 4, 5], [1, 4, 5], "targets", "The targets have shape [1, 4, 5]; logits of shape [2, 3, 4, 5] need labels of shape [2, 4, 5] or maps of shape [2, 3, 4, 5]." },
        { [2, 3, 4, 5], [2, 5, 4], "targets", "The targets have shape [2, 5, 4]; logits of shape [2, 3, 4, 5] need labels of shape [2, 4, 5] or maps of shape [2, 3, 4, 5]." },
        { [2, 3], [], "targets", "The targets have shape []; logits of shape [2, 3] need labels of shape [2] or maps of shape [2, 3]." },
        { [2, -3, 4], [2, 4], "logits", "The shape [2, -3, 4] has a negative length." },
        { [2, 3, 4], [2, -4], "targets", "The shape [2, -4] has a negative length." },
        { [1L << 31, 2, 1L << 31], [1L << 31, 1L << 31], "logits", "The shape [2147483648, 2, 2147483648] has more bytes than 64 bits can count." },
        { [long.MaxValue, 3, 0], [long.MaxValue, 0], "logits", $"The shape [{long.MaxValue}, 3, 0] has more bytes than 64 bits can count." },
        { [0, 3, long.MaxValue], [0, long.MaxValue], "logits", $"The shape [0, 3, {long.MaxValue}] has more bytes than 64 bits can count." },
        { [1L << 59, 1, 0], [1L << 59, 0], "logits", $"The logits have shape [{1L << 59}, 1, 0]: {1L << 59} samples of 2 classes. Samples times classes are at most 134217728." },
        { [(1L << 26) + 1, 2], [(1L << 26) + 1], "logits", "The logits have shape [67108865, 2]: 67108865 samples of 2 classes. Samples times classes are at most 134217728." },
        { [1, 1, 1L << 60], [1, 1L << 60], "targets", $"The shape [1, {1L << 60}] has more bytes than 64 bits can count." },
    };

    [Theory]
    [MemberData(nameof(WrongShapes))]
    public void Forward_WrongShapes_NamesThem(long[] logits, long[] labels, string parameter, string message) => Refused(parameter, message, () => Dice.Forward(
        new TensorDescriptor(_run.Logits.Address, Device.Cpu, ElementType.Float32, logits),
        new TensorDescriptor(_run.Labels.Address, Device.Cpu, ElementType.Int64, labels), null, _provider));

    [Theory]
    [InlineData(ElementType.Int32)]
    [InlineData(ElementType.UInt8)]
    public void Forward_IntegerLogits_Throws(ElementType type) => Refused(
        "logits", $"The logits hold {type}; they hold Float32, Float64, Float16 or BFloat16.",
        () => Dice.Forward(new TensorDescriptor(_run.Logits.Address, Device.Cpu, type, s_shape), _run.Labels.Descriptor, null, _provider));

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float16)]
    public void Forward_FloatLabels_Throws(ElementType type) => Refused(
        "targets", $"The labels hold {type}; they are class indices of Int8, UInt8, Int16, Int32 or Int64.",
        () => Dice.Forward(_run.Logits.Descriptor, new TensorDescriptor(_run.Labels.Address, Device.Cpu, type, s_labelsShape), null, _provider));

    [Fact]
    public void Forward_UnknownElementType_Throws()
    {
        Refused("logits", "The element type 99 is unknown.", () => Dice.Forward(
            new TensorDescriptor(_run.Logits.Address, Device.Cpu, (ElementType)99, s_shape), _run.Labels.Descriptor, null, _provider));
        Refused("targets", "The element type -1 is unknown.", () => Dice.Forward(
            _run.Logits.Descriptor, new TensorDescriptor(_run.Labels.Address, Device.Cpu, (ElementType)(-1), s_labelsShape), null, _provider));
    }

    [Fact]
    public void Forward_LabelsOnAnotherDevice_Throws() => Refused(
        "targets", "The tensor 'targets' is on cuda:1, the logits are on cpu; move them to one device.",
        () => Dice.Forward(
            _run.Logits.Descriptor, new TensorDescriptor(_run.Labels.Address, Device.Cuda(1), ElementType.Int64, s_labelsShape), null, _provider));

    [Fact]
    public void Forward_AddressOnADeviceThatIsNoMultipleOfAnElement_Throws() => Refused(
        "logits", "The address 0x1002 on cuda:0 is no multiple of the 4 bytes of an element, as a device needs it.", () => Dice.Forward(
            new TensorDescriptor(0x1002, Device.Cuda(), ElementType.Float32, s_shape),
            new TensorDescriptor(0x9000, Device.Cuda(), ElementType.Int64, s_labelsShape), null, _provider));

    [Fact]
    public void Forward_AddressZeroWithElements_Throws()
    {
        Refused("logits", "The address is 0, but the shape [2, 3, 4, 5] has elements.", () => Dice.Forward(
            new TensorDescriptor(0, Device.Cpu, ElementType.Float32, s_shape), _run.Labels.Descriptor, null, _provider));
        Refused("targets", "The address is 0, but the shape [2, 4, 5] has elements.", () => Dice.Forward(
            _run.Logits.Descriptor, new TensorDescriptor(0, Device.Cpu, ElementType.Int64, s_labelsShape), null, _provider));
    }

    [Fact]
    public void Forward_WrongStrides_Throws()
    {
        Refused("logits", "There are 3 strides for 4 dimensions.", () => Dice.Forward(
            new TensorDescriptor(_run.Logits.Address, Device.Cpu, ElementType.Float32, s_shape, [60, 20, 5]), _run.Labels.Descriptor, null, _provider));
        foreach (long stride in new[] { long.MaxValue, long.MinValue, 1L << 61, -(1L << 61), -(1L << 50) })
        {
            Refused("logits", "leaves the address space.", () => Dice.Forward(
                new TensorDescriptor(_run.Logits.Address, Device.Cpu, ElementType.Float32, s_shape, [stride, 20, 5, 1]), _run.Labels.Descriptor, null, _provider));
            Refused("targets", "leaves the address space.", () => Dice.Forward(
                _run.Logits.Descriptor, new TensorDescriptor(_run.Labels.Address, Device.Cpu, ElementType.Int64, s_labelsShape, [20, stride, 1]), null, _provider));
        }
    }

    [Fact]
    public void Forward_ActivationThatDoesNotFitTheChannels_Throws()
    {
        Refused("options", "Activation.TwoClassSigmoid takes one channel; the logits have 3.", () => Dice.Forward(
            _run.Logits.Descriptor, _run.Labels.Descriptor, new DiceOptions { Activation = Activation.TwoClassSigmoid }, _provider));
        Refused("options", "Activation.Softmax over one channel is 1 everywhere", () => Dice.Forward(
            new TensorDescriptor(_run.Logits.Address, Device.Cpu, ElementType.Float32, [2, 1, 4, 5]), _run.Labels.Descriptor,
            new DiceOptions { Activation = Activation.Softmax }, _provider));
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(4, 3)]
    [InlineData(0, 3)]
    [InlineData(1, 1)]
    public void Forward_WrongNumberOfWeights_Throws(int weights, int channels) => Refused(
        "options", $"ClassWeights has {weights} weights for {(channels == 1 ? 2 : channels)} classes",
        () => Dice.Forward(
            new TensorDescriptor(_run.Logits.Address, Device.Cpu, ElementType.Float32, [2, channels, 4, 5]), _run.Labels.Descriptor,
            new DiceOptions { ClassWeights = ClassWeights.Create(new double[weights]) }, _provider));

    [Fact]
    public void Evaluate_WrongArguments_Throws()
    {
        var error = Assert.Throws<ArgumentException>(() => Dice.Evaluate(new DiceSums(1, 3), new DiceOptions { ClassWeights = [1, 2] }));
        Assert.Contains("ClassWeights has 2 weights for 3 classes.", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => Dice.Evaluate(new DiceSums(1, 3), null, ElementType.Float16));
        Assert.Equal("lossType", error.ParamName);
        Assert.Throws<ArgumentNullException>(() => Dice.Evaluate(null!));
    }

    [Fact]
    public void Backward_NoResult_Throws() => Assert.Throws<ArgumentNullException>(() => Dice.Backward(
        null!, _run.Logits.Descriptor, _run.Labels.Descriptor, default, _run.Gradient.Descriptor, provider: _provider));

    [Fact]
    public void Backward_ResultOfAnotherProblem_Throws()
    {
        foreach (DiceResult other in new[]
        {
            Dice.Evaluate(new DiceSums(3, 3)), Dice.Evaluate(new DiceSums(2, 4)), Dice.Evaluate(new DiceSums(2, 3), null, ElementType.Float64),
        })
        {
            Refused("result", "the logits Float32 [2, 3, 4, 5] make 2 samples and 3 classes.", () => Dice.Backward(
                other, _run.Logits.Descriptor, _run.Labels.Descriptor, default, _run.Gradient.Descriptor, provider: _provider));
        }

        // A pooled result has no samples of its own.
        Dice.Backward(
            Dice.Evaluate(new DiceSums(7, 3), new DiceOptions { Reduction = DiceReduction.Batch }),
            _run.Logits.Descriptor, _run.Labels.Descriptor, default, _run.Gradient.Descriptor, provider: _provider);
        Assert.Equal(1, _provider.Calls);
    }

    public static TheoryData<ElementType, long[]> WrongGradients() => new()
    {
        { ElementType.Float32, [2, 3, 5, 4] }, { ElementType.Float32, [2, 3, 20] }, { ElementType.Float32, [1, 3, 4, 5] },
        { ElementType.Float32, [2, 2, 4, 5] }, { ElementType.Float16, [2, 3, 4, 5] }, { ElementType.Float64, [2, 3, 4, 5] }, { ElementType.Int32, [2, 3, 4, 5] },
    };

    [Theory]
    [MemberData(nameof(WrongGradients))]
    public void Backward_GradientUnlikeTheLogits_Throws(ElementType type, long[] shape)
    {
        using var gradient = new TensorBuffer(type, shape);
        byte[] before = gradient.Snapshot();
        Refused("gradient", $"The gradient buffer is {type} [{string.Join(", ", shape)}]; it must be like the logits, Float32 [2, 3, 4, 5].", () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor, default, gradient.Descriptor, provider: _provider));
        gradient.AssertUnchanged(before);
    }

    [Fact]
    public void Backward_GradientOnAnotherDevice_Throws() => Refused(
        "gradient", "The tensor 'gradient' is on cuda:0, the logits are on cpu; move them to one device.", () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor, default,
            new TensorDescriptor(_run.Gradient.Address, Device.Cuda(), ElementType.Float32, s_shape), provider: _provider));

    [Fact]
    public void Backward_UpstreamInsideTheGradientBuffer_Throws() => Refused(
        "gradient", "The gradient buffer overlaps the upstream gradient.", () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor,
            new TensorDescriptor(_run.Gradient.AddressOf(7), Device.Cpu, ElementType.Float32, []), _run.Gradient.Descriptor, provider: _provider));

    public static TheoryData<long[]> SharingStrides() => new()
    {
        new long[] { 0, 20, 5, 1 }, new long[] { 60, 20, 5, 0 }, new long[] { 60, 19, 5, 1 }, new long[] { 20, 20, 5, 1 },
        new long[] { 60, 20, 4, 1 }, new long[] { 60, -19, 5, 1 }, new long[] { 1, 1, 1, 1 },
    };

    [Theory]
    [MemberData(nameof(SharingStrides))]
    public void Backward_GradientElementsShareMemory_Throws(long[] strides) => Refused(
        "gradient", $"The gradient buffer has strides [{string.Join(", ", strides)}] for shape [2, 3, 4, 5]: several elements share one address.",
        () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor, default,
            new TensorDescriptor(_run.Gradient.AddressOf(60), Device.Cpu, ElementType.Float32, s_shape, strides), provider: _provider));

    [Fact]
    public void Backward_StridesOfLengthOneDimensions_AreNoSharing()
    {
        using var run = new CaseRun(new Case { Shape = [1, 3, 1, 5] });
        DiceResult result = run.Forward(ReferenceProvider.Shared);
        Dice.Backward(
            result, run.Logits.Descriptor, run.Labels.Descriptor, default,
            new TensorDescriptor(run.Gradient.Address, Device.Cpu, ElementType.Float32, [1, 3, 1, 5], [0, 5, 0, 1]), provider: _provider);
        Assert.Equal(1, _provider.Calls);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(119)]
    [InlineData(-119)]
    public void Backward_GradientOverlapsLogitsWithoutOptIn_Throws(int elements)
    {
        // Everything inside one allocation, so that all addresses are this test's own.
        using var block = new TensorBuffer(ElementType.Float32, [400]);
        byte[] before = block.Snapshot();
        Refused("gradient", "The gradient buffer overlaps the logits. To overwrite the logits with their gradient, pass the same memory and inPlace: true; for spans there is BackwardInPlace.", () => Dice.Backward(
            _result, new TensorDescriptor(block.AddressOf(140), Device.Cpu, ElementType.Float32, s_shape), _run.Labels.Descriptor, default,
            new TensorDescriptor(block.AddressOf(140 + elements), Device.Cpu, ElementType.Float32, s_shape), provider: _provider));
        block.AssertUnchanged(before);
    }

    [Theory]
    [InlineData(120)]
    [InlineData(-120)]
    public void Backward_GradientBesideLogits_IsAccepted(int elements)
    {
        using var block = new TensorBuffer(ElementType.Float32, [400]);
        block.Write(new double[400]);
        Dice.Backward(
            _result, new TensorDescriptor(block.AddressOf(140), Device.Cpu, ElementType.Float32, s_shape), _run.Labels.Descriptor, default,
            new TensorDescriptor(block.AddressOf(140 + elements), Device.Cpu, ElementType.Float32, s_shape), provider: _provider);
        Assert.Equal(1, _provider.Calls);
    }

    [Fact]
    public void Backward_GradientOverlapsLabels_Throws() => Refused("gradient", "The gradient buffer overlaps the targets.", () => Dice.Backward(
        _result, _run.Logits.Descriptor, _run.Labels.Descriptor, default,
        new TensorDescriptor(_run.Labels.AddressOf(39) + 7, Device.Cpu, ElementType.Float32, s_shape), provider: _provider));

    [Fact]
    public void Backward_InPlaceElsewhere_Throws()
    {
        Refused("gradient", "inPlace is set, but the gradient buffer is not the memory of the logits.", () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor, default, _run.Gradient.Descriptor, inPlace: true, _provider));
        Refused("gradient", "inPlace is set, but the gradient buffer is not the memory of the logits.", () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor, default,
            new TensorDescriptor(_run.Logits.Address, Device.Cpu, ElementType.Float32, s_shape, [60, 1, 15, 3]), inPlace: true, _provider));
    }

    [Fact]
    public void Backward_InPlaceWithCancellation_IsRefused()
    {
        using var source = new CancellationTokenSource();
        Refused("cancellation", "A gradient in place of the logits cannot be cancelled: half of the logits would be lost.", () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor, default, _run.Logits.Descriptor, inPlace: true, _provider, cancellation: source.Token));
    }

    [Fact]
    public void Backward_WrongUpstream_Throws()
    {
        using TensorBuffer two = TensorBuffer.Of(ElementType.Float32, [2], [1.0, 2.0]), integers = TensorBuffer.Of(ElementType.Int32, [], [1L]);
        Refused("upstream", "The upstream gradient has shape [2]; for DiceReduction.Mean it has shape [].", () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor, two.Descriptor, _run.Gradient.Descriptor, provider: _provider));
        Refused("upstream", "The upstream gradient holds Int32; it is floating point.", () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor, integers.Descriptor, _run.Gradient.Descriptor, provider: _provider));
        Refused("upstream", "on cuda:0", () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor,
            new TensorDescriptor(two.Address, Device.Cuda(), ElementType.Float32, []), _run.Gradient.Descriptor, provider: _provider));

        DiceResult perSample = Dice.Forward(
            _run.Logits.Descriptor, _run.Labels.Descriptor, new DiceOptions { Reduction = DiceReduction.None }, ReferenceProvider.Shared);
        foreach (long[] shape in new long[][] { [1], [3], [2, 1], [0] })
        {
            Refused("upstream", $"The upstream gradient has shape [{string.Join(", ", shape)}]; for DiceReduction.None it has shape [] or [2].", () => Dice.Backward(
                perSample, _run.Logits.Descriptor, _run.Labels.Descriptor,
                new TensorDescriptor(two.Address, Device.Cpu, ElementType.Float32, shape), _run.Gradient.Descriptor, provider: _provider));
        }
    }

    [Fact]
    public void Backward_WrongFactorThatItIsMadeFor_Throws()
    {
        using TensorBuffer two = TensorBuffer.Of(ElementType.Float32, [2], [1.0, 2.0]), integers = TensorBuffer.Of(ElementType.Int32, [], [1L]);
        MadeForRefused("madeFor", "The factor that the gradient is made for has shape [2]; for DiceReduction.Mean it has shape [].", two.Address, Device.Cpu, ElementType.Float32, [2]);
        MadeForRefused("madeFor", "The factor that the gradient is made for holds Int32; it is floating point.", integers.Address, Device.Cpu, ElementType.Int32, []);
        MadeForRefused("madeFor", "on cuda:0", two.Address, Device.Cuda(), ElementType.Float32, []);
        MadeForRefused(
            "gradient", "The gradient buffer overlaps the factor that it is made for.", _run.Gradient.AddressOf(7), Device.Cpu, ElementType.Float32, []);
        Refused("inPlace", "A gradient that is made already has taken the place of the logits; pass inPlace: false, or no madeFor.", () => Dice.Backward(
            _result, _run.Logits.Descriptor, _run.Labels.Descriptor, default, _run.Logits.Descriptor, inPlace: true, _provider,
            madeFor: new TensorDescriptor(two.Address, Device.Cpu, ElementType.Float32, [])));
    }

    [Fact]
    public void Forward_ProviderThatDoesNotTakeTheProblem_SaysWhy()
    {
        var refusing = new SpyProvider(ReferenceProvider.Shared, "fussy", "It is Sunday.");
        var error = Assert.Throws<NotSupportedException>(() => Dice.Forward(_run.Logits.Descriptor, _run.Labels.Descriptor, null, refusing));
        Assert.Equal("The provider 'fussy' does not take Float32 logits and Int64 targets on cpu. It is Sunday.", error.Message);
        Assert.Equal(0, refusing.Calls);
    }

    // Whether there is memory for it is another matter.
    [Theory]
    [InlineData(0, 1 << 24)]
    [InlineData(1 << 26, 2)]
    public void Problem_AsManyChannelsOrSumsAsThereMayBe_IsAccepted(long samples, int channels)
    {
        Exception? refusal = Record.Exception(() =>
        {
            ProblemChecks.Problem(
                new TensorDescriptor(_run.Logits.Address, Device.Cpu, ElementType.Float32, [samples, channels], [0, 0]),
                new TensorDescriptor(_run.Labels.Address, Device.Cpu, ElementType.Int64, [samples], [0]), DiceOptions.Default, 0, default);
        });
        if (refusal is not null) Assert.IsType<InsufficientMemoryException>(refusal);
    }

    [Fact]
    public void Forward_SumsBeyondTheMemoryOfTheMachine_ThrowsBeforeTheProviderIsAsked()
    {
        const int classes = 1024;
        const long mostSums = 1 << 27;
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, perSample = classes * 2L * Unsafe.SizeOf<CompensatedSum>() * Enum.GetValues<SumTerm>().Length;
        long samples = (available / perSample) + 1;
        Assert.SkipWhen(samples > mostSums / classes, $"This machine has {available} bytes; no sums need more than {mostSums / classes * perSample}.");
        var error = Assert.Throws<InsufficientMemoryException>(() => Dice.Forward(
            new TensorDescriptor(_run.Logits.Address, Device.Cpu, ElementType.Float32, [samples, classes], [0, 0]),
            new TensorDescriptor(_run.Labels.Address, Device.Cpu, ElementType.Int64, [samples], [0]), null, _provider));
        Assert.Equal($"The sums of {samples} samples and {classes} classes may need {samples * perSample} bytes; there are {available}.", error.Message);
        Assert.Equal(0, _provider.Calls);
    }

    private void MadeForRefused(string parameter, string message, nint address, Device device, ElementType type, long[] shape) => Refused(parameter, message, () => Dice.Backward(
        _result, _run.Logits.Descriptor, _run.Labels.Descriptor, default, _run.Gradient.Descriptor, provider: _provider,
        madeFor: new TensorDescriptor(address, device, type, shape)));

    // The exception, and nothing else: no provider was called, no buffer changed.
    private void Refused(string parameter, string message, Action call)
    {
        byte[][] before = [_run.Logits.Snapshot(), _run.Labels.Snapshot(), _run.Gradient.Snapshot()];
        var error = Assert.Throws<ArgumentException>(call);
        Assert.Equal(parameter, error.ParamName);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _provider.Calls);
        _run.Logits.AssertUnchanged(before[0]);
        _run.Labels.AssertUnchanged(before[1]);
        _run.Gradient.AssertUnchanged(before[2]);
    }
}
