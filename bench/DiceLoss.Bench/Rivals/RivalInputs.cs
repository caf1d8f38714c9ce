using DiceLoss.Bench.Inputs;
using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench.Rivals;

/// <summary>A problem for rivals: its native memory, and tensors with the same numbers.</summary>
internal sealed unsafe class RivalInputs : IDisposable
{
    /// <summary>Copies the problem to tensors, and gives torch as many threads as the problem has.</summary>
    /// <param name="problem">A problem in row-major order. Kept, not owned.</param>
    public RivalInputs(LossProblem problem)
    {
        set_num_threads(problem.Threads);
        Problem = problem;
        ProblemShape shape = problem.Shape;
        Logits = Copy(problem.Logits, [.. shape.Shape], Type(shape.Logits)).requires_grad_();
        Labels = Copy(problem.Labels, shape.LabelShape, Type(shape.Labels));
    }

    /// <summary>The problem in native memory.</summary>
    public LossProblem Problem { get; }

    /// <summary>The logits; they require a gradient.</summary>
    public Tensor Logits { get; }

    /// <summary>The labels, in the type that they have in the problem.</summary>
    public Tensor Labels { get; }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        Logits.Dispose();
        Labels.Dispose();
    }

    // In parts: the bytes of a tensor are a span, which ends at 2 GiB.
    private static Tensor Copy(NativeBuffer source, long[] shape, ScalarType type)
    {
        const long Part = 1 << 27;
        Tensor copy = empty(shape, type);
        using Tensor flat = copy.view(-1);
        long elements = flat.numel();
        for (long start = 0; start < elements; start += Part)
        {
            using Tensor part = flat.narrow(0, start, Math.Min(Part, elements - start));
            Span<byte> bytes = part.bytes;
            new ReadOnlySpan<byte>(source.Start + (start * flat.element_size()), bytes.Length).CopyTo(bytes);
        }

        return copy;
    }

    private static ScalarType Type(ElementType type) => type switch
    {
        ElementType.Float32 => ScalarType.Float32,
        ElementType.Float64 => ScalarType.Float64,
        ElementType.Float16 => ScalarType.Float16,
        ElementType.BFloat16 => ScalarType.BFloat16,
        ElementType.UInt8 => ScalarType.Byte,
        ElementType.Int16 => ScalarType.Int16,
        ElementType.Int64 => ScalarType.Int64,
        _ => throw new NotSupportedException($"No case has elements of type {type}."),
    };
}
