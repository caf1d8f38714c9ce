using DiceLoss.Cpu;

namespace DiceLoss.Bench.Inputs;

/// <summary>The loss of a small problem through the API over spans, with float32 logits and int64 labels.</summary>
internal sealed unsafe class SpanCalls(LossProblem problem)
{
    private readonly long[] _shape = [.. problem.Shape.Shape];

    /// <summary>The loss.</summary>
    public DiceResult Forward() => CpuDice.Forward(Logits, _shape, Labels, provider: problem.Provider);

    /// <summary>The gradient.</summary>
    public void Backward(DiceResult result) =>
        CpuDice.Backward(result, Logits, _shape, Labels, new Span<float>(problem.Gradient.Start, (int)problem.Shape.Elements), provider: problem.Provider);

    private ReadOnlySpan<float> Logits => new(problem.Logits.Start, (int)problem.Shape.Elements);

    private ReadOnlySpan<long> Labels => new(problem.Labels.Start, (int)problem.Shape.Voxels);
}
