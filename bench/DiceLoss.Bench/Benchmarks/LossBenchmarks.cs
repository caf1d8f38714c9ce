using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using DiceLoss.Bench.Floors;
using DiceLoss.Bench.Inputs;
using DiceLoss.Bench.Measurement;

namespace DiceLoss.Bench.Benchmarks;

/// <summary>Forward, backward and both over raw memory, beside the floors of each: reading logits and labels, and copying the logits.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls Cleanup.")]
public class LossBenchmarks
{
    private static readonly RoundPlan s_plan = new(Least: 5, Most: 5, TimeSpan.Zero, TimeSpan.FromSeconds(0.2));

    private LossProblem? _problem;
    private DiceResult? _result;
    private Store _store;

    /// <summary>Element types, shapes and layouts.</summary>
    public static IEnumerable<ProblemShape> Problems =>
    [
        ProblemShape.Cube(ElementType.Float32, ElementType.Int64, 8, 5, 100),
        ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 8, 1, 128),
        ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 8, 2, 100),
        ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 8, 5, 100),
        ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 8, 5, 100) with { ChannelsLast = true },
        ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 2, 16, 128),
        ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 1, 105, 128),
        ProblemShape.Cube(ElementType.Float32, ElementType.Int16, 1, 725, 50),
        ProblemShape.Cube(ElementType.BFloat16, ElementType.UInt8, 8, 5, 100),
        ProblemShape.Cube(ElementType.Float16, ElementType.UInt8, 8, 5, 100),
        ProblemShape.Cube(ElementType.Float64, ElementType.Int64, 2, 5, 100),
        ProblemShape.Cube(ElementType.Float32, ElementType.Int64, 2, 3, 16),
    ];

    /// <summary>What is measured.</summary>
    [ParamsSource(nameof(Problems))]
    public required ProblemShape Problem { get; set; }

    /// <summary>Makes logits and labels, and finds out which kind of store copies faster.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _problem = new LossProblem(Problem, Environment.ProcessorCount);
        _result = _problem.Forward();
        _store = Floors.CopyFloor.Faster(_problem, s_plan);
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void Cleanup() => _problem?.Dispose();

    /// <summary>The loss.</summary>
    [Benchmark]
    public DiceResult Forward() => _problem!.Forward();

    /// <summary>The gradient.</summary>
    [Benchmark]
    public void Backward() => _problem!.Backward(_result!);

    /// <summary>A training step's share.</summary>
    [Benchmark]
    public void Both() => _problem!.Backward(_problem.Forward());

    /// <summary>The floor of the loss: logits and labels are read.</summary>
    [Benchmark]
    public void ReadFloor() => Floors.ReadFloor.Run(_problem!);

    /// <summary>The floor of the gradient: the logits are copied.</summary>
    [Benchmark]
    public void CopyFloor() => Floors.CopyFloor.Run(_problem!, _store);
}
