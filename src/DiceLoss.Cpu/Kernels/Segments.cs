using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// How a problem is cut for threads: each sample into segments of whole tiles. A function of the shape alone, never of the machine or
/// the number of threads.
/// </summary>
internal readonly struct Segments
{
    // Enough for many threads; few enough that their partial sums stay small; none so small that ending it costs more than its tiles.
    private const long MostSegments = 256;
    private const long FewestSegments = 32;
    private const long PartialSumsPerPass = 8192;
    private const long MostPartialSums = 1 << 27; // of a kind: with so many, those of every kind fit into one array
    private const long FewestTiles = 8;

    private readonly long _tilesPerSegment;

    public Segments(in DiceProblem problem)
    {
        Voxels = problem.Voxels;
        long tiles = DivideUp(Voxels, LanePattern.Tile);
        long most = Math.Min(MostPartialSums / problem.Classes, Math.Clamp(PartialSumsPerPass / problem.Classes, FewestSegments, MostSegments));
        _tilesPerSegment = Math.Max(FewestTiles, DivideUp(tiles, Math.Max(1, most / Math.Max(1, problem.Samples))));
        PerSample = DivideUp(tiles, _tilesPerSegment);
        Count = PerSample * problem.Samples;
    }

    /// <summary>Voxels of a sample.</summary>
    public long Voxels { get; }

    /// <summary>Segments of a sample.</summary>
    public long PerSample { get; }

    /// <summary>Segments of all samples.</summary>
    public long Count { get; }

    /// <summary>Where a segment lies: the voxels from <c>First</c> up to, but not including, <c>End</c> of a sample.</summary>
    public (long Sample, long First, long End) Locate(long segment)
    {
        (long sample, long index) = Math.DivRem(segment, PerSample);
        long first = index * _tilesPerSegment * LanePattern.Tile;
        return (sample, first, Math.Min(Voxels, first + (_tilesPerSegment * LanePattern.Tile)));
    }

    /// <summary>Whether a segment of a sample begins with a voxel, or ends before it.</summary>
    public bool IsBorder(long voxel) => voxel == Voxels || voxel % (_tilesPerSegment * LanePattern.Tile) == 0;

    private static long DivideUp(long dividend, long divisor) => (dividend + divisor - 1) / divisor;
}
