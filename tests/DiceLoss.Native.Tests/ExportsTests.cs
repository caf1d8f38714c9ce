using System.Text;
using DiceLoss.Cpu;
using DiceLoss.Native.Tensors;
using DiceLoss.Testing;

namespace DiceLoss.Native.Tests;

/// <summary>The exported functions, called as C would, in this process.</summary>
public sealed unsafe class ExportsTests
{
    private static readonly delegate* unmanaged<byte*, nint*, Status> s_createOptions = &Exports.CreateOptions;
    private static readonly delegate* unmanaged<nint, Status> s_freeOptions = &Exports.FreeOptions;
    private static readonly delegate* unmanaged<nint, DlTensor*, DlTensor*, DlTensor*, DlTensor*, nint, nint*, Status> s_forward = &Exports.Forward;
    private static readonly delegate* unmanaged<nint, DlTensor*, DlTensor*, DlTensor*, DlTensor*, DlTensor*, nint, Status> s_backward = &Exports.Backward;
    private static readonly delegate* unmanaged<nint, byte*, double*, long, long*, Status> s_read = &Exports.ReadResult;
    private static readonly delegate* unmanaged<nint, double*, long, nint*, Status> s_evaluate = &Exports.Evaluate;
    private static readonly delegate* unmanaged<nint, Status> s_freeResult = &Exports.FreeResult;
    private static readonly delegate* unmanaged<byte*> s_lastError = &Exports.LastErrorText;

    [Fact]
    public void ForwardAndBackward_OfAnyLoss_HaveTheBitsOfTheLibraryUnderneath()
    {
        const int Voxels = 1000;
        long* logitsShape = stackalloc long[] { 2, 3, Voxels }, labelsShape = stackalloc long[] { 2, Voxels };
        float[] logits = [.. Enumerable.Range(0, 6 * Voxels).Select(i => (float)Math.Sin(i) * 4)], gradient = new float[logits.Length], expected = new float[logits.Length];
        short[] labels = [.. Enumerable.Range(0, 2 * Voxels).Select(i => (short)(i * 7 % 3))];
        const string Json = """{"overlap": "jaccard", "form": "log_cosh", "reduction": "per_class", "class_weights": [1, 2, 3]}""";
        DiceOptions options = new() { Overlap = Overlap.Jaccard, Form = LossForm.LogCosh, Reduction = DiceReduction.PerClass, ClassWeights = [1, 2, 3] };

        fixed (float* x = logits, g = gradient, e = expected)
        fixed (short* y = labels)
        fixed (byte* json = Encoding.UTF8.GetBytes(Json + '\0'), name = "losses\0"u8)
        {
            DlTensor xs = Tensor(x, 2, 32, 3, logitsShape), ys = Tensor(y, 0, 16, 2, labelsShape), gs = Tensor(g, 2, 32, 3, logitsShape);
            nint created, result;
            double* losses = stackalloc double[6];
            long count;
            Need(s_createOptions(json, &created));
            Need(s_forward(created, &xs, &ys, null, null, 0, &result));
            Need(s_read(result, name, losses, 6, &count));
            Need(s_backward(result, &xs, &ys, null, null, &gs, 0));
            Need(s_freeResult(result));
            Need(s_freeOptions(created));

            var logitsView = new TensorDescriptor((nint)x, Device.Cpu, ElementType.Float32, [2, 3, Voxels]);
            var labelsView = new TensorDescriptor((nint)y, Device.Cpu, ElementType.Int16, [2, Voxels]);
            DiceResult truth = Dice.Forward(logitsView, labelsView, options, CpuProvider.Shared);
            Dice.Backward(truth, logitsView, labelsView, default, new TensorDescriptor((nint)e, Device.Cpu, ElementType.Float32, [2, 3, Voxels]), provider: CpuProvider.Shared);
            Assert.Equal(6, count);
            Assert.Equal(truth.Losses.ToArray(), new ReadOnlySpan<double>(losses, 6).ToArray());
            Assert.Equal(expected, gradient);
            Assert.Contains(gradient, value => value != 0);
        }
    }

    [Theory]
    [InlineData("mean")]
    [InlineData("none")]
    [InlineData("per_class")]
    [InlineData("batch")]
    public void Evaluate_OfItsOwnSums_IsTheResultItself(string reduction)
    {
        long* shape = stackalloc long[] { 2, 3, 5 }, labelsShape = stackalloc long[] { 2, 5 };
        double[] logits = [.. Enumerable.Range(0, 30).Select(i => Math.Sin(i) * 4)];
        byte[] labels = [.. Enumerable.Range(0, 10).Select(i => (byte)(i * 7 % 3))];
        double* sums = stackalloc double[66], before = stackalloc double[6], after = stackalloc double[6];
        nint options, part, whole;
        long count, losses;
        fixed (double* x = logits)
        fixed (byte* y = labels, json = Encoding.UTF8.GetBytes($$"""{"reduction": "{{reduction}}", "cross_entropy": {{(reduction == "per_class" ? "null" : "{}")}}}""" + '\0'))
        fixed (byte* name = "sums\0"u8, ofLosses = "losses\0"u8)
        {
            DlTensor xs = Tensor(x, 2, 64, 3, shape), ys = Tensor(y, 1, 8, 2, labelsShape);
            Need(s_createOptions(json, &options));
            Need(s_forward(options, &xs, &ys, null, null, 0, &part));
            Need(s_read(part, name, sums, 66, &count));
            Assert.Equal(reduction == "batch" ? 33 : 66, count);
            Need(s_evaluate(part, sums, count, &whole));
            Need(s_read(part, ofLosses, before, 6, &losses));
            Need(s_read(whole, ofLosses, after, 6, null));
            for (int i = 0; i < losses; i++) Assert.Equal(before[i], after[i], 1e-15);
        }

        Need(s_freeResult(whole));
        Need(s_freeResult(part));
        Need(s_freeOptions(options));
    }

    // Masks, over which cross-entropy divides otherwise, and losses that are floats.
    [Fact]
    public void Evaluate_OfFloat32LogitsAndMasks_IsTheResultItself()
    {
        long* shape = stackalloc long[] { 2, 3, 5 };
        float[] logits = [.. Enumerable.Range(0, 30).Select(i => (float)Math.Sin(i) * 4)];
        byte[] masks = [.. Enumerable.Range(0, 30).Select(i => (byte)(i * 7 % 3 == 0 ? 1 : 0))];
        double* sums = stackalloc double[66], before = stackalloc double[1], after = stackalloc double[1];
        nint options, part, whole;
        long count;
        fixed (float* x = logits)
        fixed (byte* y = masks, json = """{"cross_entropy": {}, "activation": "sigmoid"}"""u8, name = "sums\0"u8, ofLosses = "losses\0"u8)
        {
            DlTensor xs = Tensor(x, 2, 32, 3, shape), ys = Tensor(y, 1, 8, 3, shape);
            Need(s_createOptions(json, &options));
            Need(s_forward(options, &xs, &ys, null, null, 0, &part));
            Need(s_read(part, name, sums, 66, &count));
            Need(s_evaluate(part, sums, count, &whole));
            Need(s_read(part, ofLosses, before, 1, null));
            Need(s_read(whole, ofLosses, after, 1, null));
            Assert.Equal((before[0], (double)(float)before[0]), (after[0], after[0]));
            Need(s_backward(whole, &xs, &ys, null, null, &xs, 0));
        }

        Need(s_freeResult(whole));
        Need(s_freeResult(part));
        Need(s_freeOptions(options));
    }

    [Fact]
    public void Forward_AnnotatedAsSignedBytesOfAnyStrides_IsAsBools()
    {
        long* shape = stackalloc long[] { 2, 3, 4 }, labelsShape = stackalloc long[] { 2, 4 }, annotatedShape = stackalloc long[] { 2, 3 }, strides = stackalloc long[] { 1, 2 };
        float* logits = stackalloc float[24];
        for (int i = 0; i < 24; i++) logits[i] = MathF.Sin(i);
        byte* labels = stackalloc byte[] { 0, 1, 2, 0, 1, 2, 0, 1 }, bools = stackalloc byte[] { 1, 0, 1, 0, 1, 1 };
        sbyte* transposed = stackalloc sbyte[] { 1, 0, 0, -1, 127, -128 };
        DlTensor x = Tensor(logits, 2, 32, 3, shape), y = Tensor(labels, 1, 8, 2, labelsShape), asBools = Tensor(bools, 6, 8, 2, annotatedShape);
        DlTensor asBytes = Tensor(transposed, 0, 8, 2, annotatedShape);
        asBytes.Strides = strides;
        double expected = Loss(&x, &y, &asBools);
        Assert.Equal(expected, Loss(&x, &y, &asBytes));
        Assert.NotEqual(expected, Loss(&x, &y, null));

        static double Loss(DlTensor* x, DlTensor* y, DlTensor* annotated)
        {
            nint result;
            double loss;
            fixed (byte* name = "losses\0"u8)
            {
                Need(s_forward(0, x, y, null, annotated, 0, &result));
                Need(s_read(result, name, &loss, 1, null));
                Need(s_freeResult(result));
            }

            return loss;
        }
    }

    [Fact]
    public void Forward_LabelsOfBool_TellTwoClassesApart()
    {
        float* logits = stackalloc float[12];
        byte* labels = stackalloc byte[] { 1, 0, 0, 1 };
        long* two = stackalloc long[] { 1, 2, 4 }, three = stackalloc long[] { 1, 3, 4 }, labelsShape = stackalloc long[] { 1, 4 };
        DlTensor x = Tensor(logits, 2, 32, 3, two), y = Tensor(labels, 6, 8, 2, labelsShape);
        nint result = 0;
        Need(s_forward(0, &x, &y, null, null, 0, &result));
        Need(s_freeResult(result));
        x = Tensor(logits, 2, 32, 3, three);
        Assert.Equal(Status.InvalidArgument, s_forward(0, &x, &y, null, null, 0, &result));
        Assert.Equal("targets: The labels are of type bool, which tells two classes apart; the logits have 3 channels.", Error());
    }

    [Fact]
    public void Forward_AnnotatedOnADevice_IsRefusedUnread()
    {
        long* shape = stackalloc long[] { 2, 3, 4 }, labelsShape = stackalloc long[] { 2, 4 }, annotatedShape = stackalloc long[] { 2, 3 };
        float* logits = stackalloc float[24];
        byte* labels = stackalloc byte[8];
        DlTensor x = Tensor(logits, 2, 32, 3, shape), y = Tensor(labels, 1, 8, 2, labelsShape), a = Tensor((void*)64, 6, 8, 2, annotatedShape);
        a.DeviceType = 2;
        nint result;
        Assert.Equal(Status.InvalidArgument, s_forward(0, &x, &y, null, &a, 0, &result));
        Assert.Equal("annotated: It is on cuda:0; it is in main memory, wherever the logits are.", Error());
    }

    [Fact]
    public void Forward_AnnotatedForLogitsOfOneDimension_IsSaidOfTheLogits()
    {
        long* shape = stackalloc long[] { 2 }, annotatedShape = stackalloc long[] { 2, 3 };
        float* logits = stackalloc float[2];
        byte* bytes = stackalloc byte[6];
        DlTensor x = Tensor(logits, 2, 32, 1, shape), y = Tensor(bytes, 1, 8, 1, shape), a = Tensor(bytes, 6, 8, 2, annotatedShape);
        nint result;
        Assert.Equal(Status.InvalidArgument, s_forward(0, &x, &y, null, &a, 0, &result));
        Assert.StartsWith("logits: ", Error(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 8, ElementType.Int8)]
    [InlineData(0, 16, ElementType.Int16)]
    [InlineData(0, 32, ElementType.Int32)]
    [InlineData(0, 64, ElementType.Int64)]
    [InlineData(1, 8, ElementType.UInt8)]
    [InlineData(6, 8, ElementType.UInt8)]
    [InlineData(2, 16, ElementType.Float16)]
    [InlineData(2, 32, ElementType.Float32)]
    [InlineData(2, 64, ElementType.Float64)]
    [InlineData(4, 16, ElementType.BFloat16)]
    public void Read_TypeOfDlPack_IsTheElementType(byte code, byte bits, ElementType type)
    {
        double anything;
        long one = 1;
        DlTensor tensor = Tensor(&anything, code, bits, 1, &one);
        Assert.Equal(type, TensorReader.Read(&tensor, "tensor").ElementType);
    }

    [Fact]
    public void SetCpuThreads_AnyNumber_TakesAnotherProvider()
    {
        Providers.SetCpuThreads(1);
        Assert.NotSame(CpuProvider.Shared, Providers.Of(Device.Cpu));
        Providers.SetCpuThreads(0);
        Assert.Throws<ArgumentException>("threads", () => Providers.SetCpuThreads(-1));
    }

    [Fact]
    public void Forward_OnACudaDeviceThatIsNotThere_IsNotSupportedAndSaysWhy()
    {
        long* shape = stackalloc long[] { 1, 2, 1 }, labelsShape = stackalloc long[] { 1, 1 };
        double anywhere;
        DlTensor x = Tensor(&anywhere, 2, 32, 3, shape), y = Tensor(&anywhere, 1, 8, 2, labelsShape);
        (x.DeviceType, x.DeviceId) = (y.DeviceType, y.DeviceId) = (2, 1000);
        nint result = 77;
        Assert.Equal(Status.NotSupported, s_forward(0, &x, &y, null, null, 0, &result));
        Assert.StartsWith("The provider 'cuda' does not take Float32 logits and UInt8 targets on cuda:1000.", Error(), StringComparison.Ordinal);
        Assert.Equal(77, result);
    }

    [Fact]
    public void Forward_WithoutSamples_HasNoLosses()
    {
        long* shape = stackalloc long[] { 0, 2, 4 }, labelsShape = stackalloc long[] { 0, 4 };
        DlTensor x = Tensor(null, 2, 32, 3, shape), y = Tensor(null, 1, 8, 2, labelsShape);
        nint options, result;
        long count = -1;
        fixed (byte* json = """{"reduction": "none"}"""u8)
        fixed (byte* name = "losses\0"u8)
        {
            Need(s_createOptions(json, &options));
            Need(s_forward(options, &x, &y, null, null, 0, &result));
            Need(s_read(result, name, null, 0, &count));
            Assert.Equal(0, count);
            Need(s_backward(result, &x, &y, null, null, &x, 0));
            Need(s_freeResult(result));
            Need(s_freeOptions(options));
        }
    }

    [Theory]
    [InlineData(3, 0, "[2, 0]", "[2, 3]")]
    [InlineData(3, 1L << 33, "[2, 8589934592]", "[2, 3]")]
    [InlineData(1, 1, "[2, 1]", "[2, 2]")]
    public void Forward_AnnotatedOfAnotherNumberOfClasses_IsRefusedByName(long channels, long classes, string shape, string accepted)
    {
        long* logitsShape = stackalloc long[] { 2, channels, 4 }, labelsShape = stackalloc long[] { 2, 4 };
        long* annotatedShape = stackalloc long[] { 2, classes }, strides = stackalloc long[] { 0, 0 };
        float* logits = stackalloc float[24];
        byte* labels = stackalloc byte[8], annotated = stackalloc byte[4];
        DlTensor x = Tensor(logits, 2, 32, 3, logitsShape), y = Tensor(labels, 1, 8, 2, labelsShape), a = Tensor(annotated, 1, 8, 2, annotatedShape);
        a.Strides = strides;
        nint result = 77;
        Assert.Equal(Status.InvalidArgument, s_forward(0, &x, &y, null, &a, 0, &result));
        Assert.Equal($"annotated: It has shape {shape}; it has shape {accepted}, samples and classes.", Error());
        Assert.Equal(77, result);
    }

    [Fact]
    public void ReadResult_DiceOfNoSamplesNotCounted_IsRefused()
    {
        long* shape = stackalloc long[] { 0, 2, 4 }, labelsShape = stackalloc long[] { 0, 4 };
        DlTensor x = Tensor(null, 2, 32, 3, shape), y = Tensor(null, 1, 8, 2, labelsShape);
        nint result;
        long count = -1;
        Need(s_forward(0, &x, &y, null, null, 0, &result));
        fixed (byte* name = "dice\0"u8)
        {
            Assert.Equal(Status.InvalidArgument, s_read(result, name, null, 0, &count));
            Assert.StartsWith("No metrics were counted;", Error(), StringComparison.Ordinal);
        }

        Need(s_freeResult(result));
    }

    [Fact]
    public void Free_AtTheSameTime_SucceedsOnce()
    {
        for (int round = 0; round < 200; round++)
        {
            nint options;
            Need(s_createOptions(null, &options));
            nint given = options;
            int freed = 0;
            Parallel.For(0, 4, _ => Interlocked.Add(ref freed, Free(given)));
            Assert.Equal(1, freed);
        }

        static int Free(nint options) => s_freeOptions(options) == Status.Ok ? 1 : 0;
    }

    [Fact]
    public void LastError_OfAThread_OutlivesThoseOfOthersAndCollections()
    {
        Assert.Equal(Status.InvalidArgument, s_freeResult(12345));
        byte* text = s_lastError();
        string before = Text(text);
        var other = new Thread(() => s_freeOptions(54321));
        other.Start();
        other.Join();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.True(text == s_lastError());
        Assert.Equal(before, Text(text));
        Assert.StartsWith("result: It is not alive", before, StringComparison.Ordinal);
    }

    private static DlTensor Tensor(void* data, byte code, byte bits, int ndim, long* shape) => new()
    {
        Data = data,
        DeviceType = 1,
        Ndim = ndim,
        TypeCode = code,
        TypeBits = bits,
        TypeLanes = 1,
        Shape = shape,
    };

    private static void Need(Status status) => Assert.True(status == Status.Ok, $"{status}: {Error()}");

    private static string Error() => Text(s_lastError());

    private static string Text(byte* text) => new((sbyte*)text);
}
