using System.Runtime.CompilerServices;
using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary>
/// How the forward pass is cut, and what memory it works in. Segments are a function of the shape and of the kernel, never of the device:
/// so are the bits of the sums. The number of blocks changes neither.
/// </summary>
internal readonly struct SumsPlan
{
    /// <summary>Blocks for each multiprocessor: as many as its threads at most.</summary>
    public const int BlocksPerMultiprocessor = 16;

    // Few enough segments for their sums to be small; fewer where blocks need memory, too.
    private const long MostSegments = 8192;
    private const long BytesOfSegments = 3584 << 10;
    private const long BytesOfSegmentsBesideBlocks = 768 << 10;
    private const long BytesOfBlocks = 3 << 20;
    private const long FewestBlocks = 64;

    private static readonly nuint s_found = (nuint)Unsafe.SizeOf<KernelFound>();

    private readonly nuint _resultBytes;
    private readonly nuint _partialBytes;

    /// <summary>Makes the plan.</summary>
    /// <param name="problem">A problem with voxels.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="multiprocessors">Those of the device.</param>
    public SumsPlan(in DiceProblem problem, in KernelSpecialisation kernel, int multiprocessors)
    {
        Span<SumTerm> room = stackalloc SumTerm[TermOrder.MostTerms];
        Count = checked((TermOrder.OfSums(kernel, room).Length * problem.Classes) + 1);
        bool hasRegisters = kernel.Channels > 0;

        long tiles = DivideUp(problem.Voxels, kernel.Tile);
        long budget = (hasRegisters ? BytesOfSegments : BytesOfSegmentsBesideBlocks) / ((long)sizeof(double) * Count);
        long wanted = Math.Max(1, Math.Min(budget, MostSegments) / problem.Samples);
        TilesPerSegment = DivideUp(tiles, wanted);
        SegmentsPerSample = DivideUp(tiles, TilesPerSegment);

        long segments = checked(problem.Samples * SegmentsPerSample), bytesOfBlock = (long)KernelConstants.Warps * Count * sizeof(double);
        long blocks = Math.Min(segments, (long)multiprocessors * BlocksPerMultiprocessor);
        if (!hasRegisters) blocks = Math.Min(blocks, Math.Max(FewestBlocks, BytesOfBlocks / bytesOfBlock));
        Grid = (uint)blocks;

        _resultBytes = s_found + checked((nuint)(problem.Samples * Count * 2 * sizeof(double)));
        _partialBytes = checked((nuint)(segments * Count * sizeof(double)));
        Bytes = _resultBytes + _partialBytes + (hasRegisters ? 0 : (nuint)(blocks * bytesOfBlock));
    }

    /// <summary>Sums of a sample.</summary>
    public int Count { get; }

    public long TilesPerSegment { get; }

    public long SegmentsPerSample { get; }

    /// <summary>Blocks of the kernel.</summary>
    public uint Grid { get; }

    /// <summary>Memory that the pass works in: what was found, sums, sums of segments, sums of warps.</summary>
    public nuint Bytes { get; }

    /// <summary>What the host copies: what was found among the targets, and the sums behind it.</summary>
    public nuint ResultBytes => _resultBytes;

    /// <summary>Blocks of the kernel that adds up segments: one for each sum.</summary>
    /// <param name="samples">N.</param>
    public uint CollectGrid(long samples) => checked((uint)(samples * Count));

    public static nint Found(nint workspace) => workspace;

    public static nint Sums(nint workspace) => workspace + (nint)s_found;

    public nint Partials(nint workspace) => workspace + (nint)_resultBytes;

    public nint SumsOfWarps(nint workspace) => workspace + (nint)(_resultBytes + _partialBytes);

    private static long DivideUp(long dividend, long divisor) => (dividend + divisor - 1) / divisor;
}
