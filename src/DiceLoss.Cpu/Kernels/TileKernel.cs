using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>The two voxel loops, closed over everything that lies inside them; stateless. One virtual call per run of blocks.</summary>
/// <param name="elementSize">Bytes of an element of the logits.</param>
/// <param name="computeSize">Bytes of the type that is computed in.</param>
internal abstract class TileKernel(int elementSize, int computeSize)
{
    /// <summary>Up to so many classes, sums of exponentials may be multiplied over a tile before their logarithm is taken.</summary>
    public const int FewClasses = 7;

    /// <summary>Bytes of an element of the logits.</summary>
    public int ElementSize { get; } = elementSize;

    /// <summary>Bytes of the type that is computed in.</summary>
    public int ComputeSize { get; } = computeSize;

    /// <summary>Whether it reads rows of targets and weights; otherwise labels alone, and T is a count.</summary>
    public abstract bool TakesMaps { get; }

    /// <summary>
    /// Whether a gradient whose channels lie whole pages apart is sooner written by way of the panel than as it is made. As it is made, a little of each channel
    /// goes past the caches at a time, to lines at the same place of as many pages, which some processors do slowly.
    /// </summary>
    public abstract bool GainsByPanel { get; }

    /// <summary>What it adds up per class that is not a count, in the order of the accumulators; what is predicted comes behind.</summary>
    public abstract ReadOnlySpan<SumTerm> Terms { get; }

    /// <summary>Voxels in a block.</summary>
    public int Block { get; } = LanePattern.Column * LanePattern.Lanes(computeSize);

    /// <summary>How many sums it adds up per class that are not counts.</summary>
    public int TermCount(in KernelShape shape) => Terms.Length + shape.HardTerms;

    /// <summary>Adds the sums of a run to the accumulators of the scratch.</summary>
    public abstract void Sums(in KernelShape shape, in BlockRun run, Scratch scratch);

    /// <summary>Moves what a tile has added up in the scratch, all but counts, to the scratch's totals.</summary>
    public abstract void EndTile(in KernelShape shape, Scratch scratch);

    /// <summary>Moves what a segment has counted in the scratch to the scratch's counts.</summary>
    public abstract void EndSegment(in KernelShape shape, Scratch scratch);

    /// <summary>Writes the gradient of a run, by the coefficients of the scratch.</summary>
    public abstract void Gradient(in KernelShape shape, in BlockRun run, Scratch scratch);
}
