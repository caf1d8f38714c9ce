using DiceLoss.Bench.Floors;
using DiceLoss.Cpu;

namespace DiceLoss.Bench.Inputs;

/// <summary>
/// Logits, labels and a gradient in native memory, every page of it touched, and the loss over them through the public API. Logits are
/// uniform in [-4, 4), labels uniform over the classes: nothing of either can be guessed ahead.
/// </summary>
internal sealed unsafe class LossProblem : IDisposable
{
    private const long Chunk = 1 << 16;

    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly long[] _labelShape;

    /// <summary>Takes the memory and fills it.</summary>
    /// <param name="shape">What to make.</param>
    /// <param name="threads">How many threads compute the loss.</param>
    /// <param name="inPlace">Whether the gradient overwrites the logits, where there is no memory for both.</param>
    public LossProblem(ProblemShape shape, int threads, bool inPlace = false)
    {
        Shape = shape;
        Threads = threads;
        InPlace = inPlace;
        Provider = threads == Environment.ProcessorCount ? CpuProvider.Shared : new CpuProvider(new CpuOptions { MaxThreads = threads });
        (_shape, _strides, _labelShape) = ([.. shape.Shape], shape.LogitStrides, shape.LabelShape);
        Logits = new NativeBuffer(shape.LogitBytes);
        Labels = new NativeBuffer(shape.LabelBytes);
        Gradient = inPlace ? Logits : new NativeBuffer(shape.LogitBytes);
        FillLogits();
        FillLabels();
        if (!inPlace) Gradient.Touch();
    }

    /// <summary>What is in it.</summary>
    public ProblemShape Shape { get; }

    /// <summary>How many threads compute.</summary>
    public int Threads { get; }

    /// <summary>Whether the gradient overwrites the logits.</summary>
    public bool InPlace { get; }

    /// <summary>Who computes.</summary>
    public CpuProvider Provider { get; }

    /// <summary>The logits, in the order of the strides.</summary>
    public NativeBuffer Logits { get; }

    /// <summary>The labels, row-major.</summary>
    public NativeBuffer Labels { get; }

    /// <summary>The gradient, laid out as the logits are.</summary>
    public NativeBuffer Gradient { get; }

    /// <summary>The loss.</summary>
    public DiceResult Forward() => Forward(Shape.Options);

    /// <summary>Another loss.</summary>
    public DiceResult Forward(DiceOptions options) => Dice.Forward(Describe(Logits), DescribeLabels(), options, Provider);

    /// <summary>The gradient, into its buffer.</summary>
    public void Backward(DiceResult result) =>
        Dice.Backward(result, Describe(Logits), DescribeLabels(), upstream: default, Describe(Gradient), InPlace, Provider);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Logits.Dispose();
        Labels.Dispose();
        if (!InPlace) Gradient.Dispose();
    }

    private TensorDescriptor Describe(NativeBuffer buffer) => new((nint)buffer.Start, Device.Cpu, Shape.Logits, _shape, _strides);

    private TensorDescriptor DescribeLabels() => new((nint)Labels.Start, Device.Cpu, Shape.Labels, _labelShape);

    private void FillLogits()
    {
        switch (Shape.Logits)
        {
            case ElementType.Float32: FillLogits((float*)Logits.Start); break;
            case ElementType.Float64: FillLogits((double*)Logits.Start); break;
            case ElementType.Float16: FillLogits((Half*)Logits.Start); break;
            case ElementType.BFloat16: FillLogits((BFloat16*)Logits.Start); break;
            default: throw new NotSupportedException($"Logits are not of type {Shape.Logits}.");
        }
    }

    private void FillLabels()
    {
        switch (Shape.Labels)
        {
            case ElementType.UInt8: FillLabels(Labels.Start, label => (byte)label); break;
            case ElementType.Int16: FillLabels((short*)Labels.Start, label => (short)label); break;
            case ElementType.Int64: FillLabels((long*)Labels.Start, label => label); break;
            default: throw new NotSupportedException($"No case has labels of type {Shape.Labels}.");
        }
    }

    private void FillLogits<T>(T* logits)
        where T : unmanaged => ChunkTeam.Run(Shape.Elements, Chunk, Environment.ProcessorCount, (start, end) =>
        {
            for (long i = start; i < end; i++) logits[i] = ElementValue.From<T>(CounterHash.Logit(i));
        });

    private void FillLabels<T>(T* labels, Func<int, T> convert)
        where T : unmanaged => ChunkTeam.Run(Shape.Voxels, Chunk, Environment.ProcessorCount, (start, end) =>
        {
            for (long i = start; i < end; i++) labels[i] = convert(CounterHash.Class(i, Shape.Classes));
        });
}
