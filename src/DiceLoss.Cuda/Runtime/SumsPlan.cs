using System.Runtime.CompilerServices;
using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary>
/// How the forward pass is cut, and what memory it works in. Segments are a function of the shape and of the kernel, never of the device:
/// so are the bits of the sums. The number of blocks changes neither.
/// </summary>
internal readonly struct SumsPlan
{
    /// <summary>Blocks for each multiprocessor: as many of 128 threads as it has room for.</summary>
    public const int BlocksPerMultiprocessor = 16;

    // Few enough segments for their sums to be small, and as many as a device has use for.
    private const long MostSegments = 8192;
    private const long FewestSegments = 192;
    private const long BytesOfSegments = 3584 << 10;

    private static readonly nuint s_found = (nuint)Unsafe.SizeOf<KernelFound>();

    /// <summary>Makes the plan.</summary>
    /// <param name="problem">A problem with voxels.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="multiprocessors">Those of the device.</param>
    public SumsPlan(in DiceProblem problem, in KernelSpecialisation kernel, int multiprocessors)
    {
        Span<SumTerm> room = stackalloc SumTerm[TermOrder.MostTerms];
        Count = checked((TermOrder.OfSums(kernel, room).Length * problem.Classes) + 1);

        int rows = kernel.Rows(problem.Channels);
        long tiles = DivideUp(problem.Voxels, kernel.Tile(problem.Channels)), bytesOfSegment = (long)rows * Count * sizeof(double);
        long wanted = Math.Max(1, Math.Clamp(BytesOfSegments / bytesOfSegment, FewestSegments, MostSegments) / problem.Samples);
        TilesPerSegment = DivideUp(tiles, wanted);
        SegmentsPerSample = DivideUp(tiles, TilesPerSegment);
        RowsPerSample = SegmentsPerSample * rows;

        long segments = checked(problem.Samples * SegmentsPerSample);
        Grid = (uint)Math.Min(segments, (long)multiprocessors * BlocksPerMultiprocessor);

        ResultBytes = s_found + checked((nuint)(problem.Samples * Count * 2 * sizeof(double)));
        Bytes = ResultBytes + checked((nuint)(segments * bytesOfSegment));
    }

    /// <summary>Sums of a sample.</summary>
    public int Count { get; }

    public long TilesPerSegment { get; }

    public long SegmentsPerSample { get; }

    /// <summary>Rows of the sums of a sample's segments.</summary>
    public long RowsPerSample { get; }

    /// <summary>Blocks of the kernel.</summary>
    public uint Grid { get; }

    /// <summary>Memory that the pass works in: what was found, sums, sums of segments.</summary>
    public nuint Bytes { get; }

    /// <summary>What the host copies: what was found among the targets, and the sums behind it.</summary>
    public nuint ResultBytes { get; }

    /// <summary>Blocks of the kernel that adds up segments: one for each sum.</summary>
    /// <param name="samples">N.</param>
    public uint CollectGrid(long samples) => checked((uint)(samples * Count));

    public static nint Found(nint workspace) => workspace;

    public static nint Sums(nint workspace) => workspace + (nint)s_found;

    public nint Partials(nint workspace) => workspace + (nint)ResultBytes;

    private static long DivideUp(long dividend, long divisor) => (dividend + divisor - 1) / divisor;
}
