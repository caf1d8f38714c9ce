using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using DiceLoss.Cpu;

namespace DiceLoss.Bench;

/// <summary>Forward and backward over raw memory, beside the floor of each: reading the logits, and copying them.</summary>
[MemoryDiagnoser]
public unsafe class LossBenchmarks
{
    private float* _logits;
    private float* _gradient;
    private byte* _labels;
    private long[] _shape = [];
    private DiceResult? _result;

    /// <summary>Classes.</summary>
    [Params(2, 5, 16, 105)]
    public int Classes { get; set; }

    /// <summary>Register width.</summary>
    [Params(SimdLevel.Vector256, SimdLevel.Vector512)]
    public SimdLevel Level { get; set; }

    private CpuProvider Provider { get; set; } = CpuProvider.Shared;

    private long Elements => _shape[0] * _shape[1] * _shape[2];

    private TensorDescriptor Logits => new((nint)_logits, Device.Cpu, ElementType.Float32, _shape);

    private TensorDescriptor Labels => new((nint)_labels, Device.Cpu, ElementType.UInt8, new[] { _shape[0], _shape[2] });

    private TensorDescriptor Gradient => new((nint)_gradient, Device.Cpu, ElementType.Float32, _shape);

    /// <summary>Makes logits in [-4, 4) and labels.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _shape = [1, Classes, (1L << 26) / Classes];
        Provider = new CpuProvider(new CpuOptions { SimdLevel = Level });
        _logits = (float*)NativeMemory.AlignedAlloc((nuint)Elements * sizeof(float), 64);
        _gradient = (float*)NativeMemory.AlignedAlloc((nuint)Elements * sizeof(float), 64);
        _labels = (byte*)NativeMemory.AlignedAlloc((nuint)_shape[2], 64);
        var random = new Random(1);
        for (long i = 0; i < Elements; i++) _logits[i] = (random.NextSingle() * 8) - 4;
        for (long i = 0; i < _shape[2]; i++) _labels[i] = (byte)random.Next(Classes);
        _result = Forward();
        Backward();
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        NativeMemory.AlignedFree(_logits);
        NativeMemory.AlignedFree(_gradient);
        NativeMemory.AlignedFree(_labels);
    }

    /// <summary>The loss.</summary>
    [Benchmark]
    public DiceResult Forward() => Dice.Forward(Logits, Labels, provider: Provider);

    /// <summary>The gradient.</summary>
    [Benchmark]
    public void Backward() => Dice.Backward(_result!, Logits, Labels, upstream: default, Gradient, provider: Provider);

    /// <summary>The floor of the gradient on one thread: a copy of the logits.</summary>
    [Benchmark]
    public void Copy() => NativeMemory.Copy(_logits, _gradient, (nuint)Elements * sizeof(float));
}
