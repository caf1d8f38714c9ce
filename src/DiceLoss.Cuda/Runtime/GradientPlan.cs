using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary>How many blocks the backward pass has, and what memory it works in.</summary>
internal readonly struct GradientPlan
{
    private const long BytesOfBlocks = 3 << 20;
    private const long FewestBlocks = 64;

    private readonly nuint _coefficientBytes;

    /// <summary>Makes the plan.</summary>
    /// <param name="problem">A problem with voxels.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="multiprocessors">Those of the device.</param>
    public GradientPlan(in DiceProblem problem, in KernelSpecialisation kernel, int multiprocessors)
    {
        Span<SumTerm> room = stackalloc SumTerm[TermOrder.MostTerms];
        Count = checked(TermOrder.OfCoefficients(kernel, room).Length * problem.Classes);

        int tile = kernel.Tile(problem.Channels);
        long tiles = checked(problem.Samples * ((problem.Voxels + tile - 1) / tile));
        long bytesOfBlock = (long)Count * (problem.Logits.ElementType == ElementType.Float64 ? sizeof(double) : sizeof(float));
        long blocks = Math.Min(tiles, (long)multiprocessors * SumsPlan.BlocksPerMultiprocessor);
        if (kernel.Channels == 0) blocks = Math.Min(blocks, Math.Max(FewestBlocks, BytesOfBlocks / bytesOfBlock));
        Grid = (uint)blocks;

        // In whole doubles, so that what blocks keep is aligned.
        _coefficientBytes = checked((nuint)(problem.Samples * Count * sizeof(double)));
        Bytes = _coefficientBytes + (kernel.Channels == 0 ? (nuint)(blocks * bytesOfBlock) : 0);
    }

    /// <summary>Coefficients of a sample.</summary>
    public int Count { get; }

    /// <summary>Blocks of the kernel.</summary>
    public uint Grid { get; }

    /// <summary>Memory that the pass works in: coefficients of the samples, and those that blocks have made of them.</summary>
    public nuint Bytes { get; }

    public nint CoefficientsOfBlocks(nint workspace) => workspace + (nint)_coefficientBytes;
}
