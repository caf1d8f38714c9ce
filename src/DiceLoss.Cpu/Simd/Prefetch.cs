using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Simd;

/// <summary>
/// Asks for memory ahead of its use. The kernels read one stream per channel, a few cache lines at a time, and compute long on them:
/// neither the hardware's prefetchers nor the reorder window look far enough ahead in so many streams. Asked for little by little while
/// something is computed.
/// </summary>
internal static unsafe class Prefetch
{
    // A block of so many channels is 8 KiB, which the first-level cache holds beside what is computed on. What more channels need next would drive
    // that out, so it is asked for into the second level. Not so for fewer: on Zen 5 such requests come to nothing at some addresses of the code.
    private const int FewChannels = 32;

    // What a block of more channels asks for is more than some processors keep track of at once: Zen 3, with AVX2.
    private const int TrackedChannels = 16;

    // Beyond so many, another block is more than the second level takes in beside the rest.
    private const int ManyChannels = 128;

    // A set of the first-level cache takes in so many without loss.
    private const int SetOfLines = 6;

    /// <summary>How far ahead to ask: blocks of all channels that take about as long as memory does, and one block at least.</summary>
    /// <param name="channels">C.</param>
    /// <param name="channelStride">Bytes from one channel to the next.</param>
    /// <param name="computeSize">Bytes of the type that is computed in.</param>
    /// <returns>Voxels.</returns>
    public static int Distance(int channels, nint channelStride, int computeSize)
    {
        int least = channels <= FewChannels && channelStride % LanePattern.Page != 0 ? 2 : 1;
        return Block(computeSize) * Math.Max(FewChannels / channels, least);
    }

    /// <summary>
    /// How much further ahead to ask in every other channel. Channels whole pages apart, as those of most training patches, share a set of the
    /// first-level cache, and requests come to nothing where one set is to take in more than it holds: so they are spread over two blocks.
    /// </summary>
    /// <param name="channels">C.</param>
    /// <param name="computeSize">Bytes of the type that is computed in.</param>
    /// <returns>Voxels.</returns>
    public static int Stagger(int channels, int computeSize) => channels is > SetOfLines and <= ManyChannels ? Block(computeSize) : 0;

    /// <summary>
    /// Whether to ask twice for each run of bytes, at different moments: a request comes to nothing where as much is on its way as the processor
    /// keeps track of. With few channels the second request costs as much as it brings.
    /// </summary>
    /// <param name="channels">C.</param>
    public static bool AsksTwice(int channels) => channels > TrackedChannels;

    /// <summary>
    /// Asks for the cache lines of a run of bytes, but for one that begins before it: that was asked for with the run before. Never faults,
    /// wherever it points to.
    /// </summary>
    /// <param name="first">Where the run begins.</param>
    /// <param name="bytes">How long it is, up to eight cache lines, of many channels four. No loop, which would have the compiler move constants out of the loop around it.</param>
    /// <param name="channels">How many such runs are asked for before the first is used.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(byte* first, int bytes, int channels)
    {
        if (!Sse.IsSupported) return;
        first += LanePattern.CacheLine - 1;
        if (channels <= FewChannels) ToFirstLevel(first, bytes);
        else ToSecondLevel(first, bytes);
    }

    /// <summary>Asks for a piece of memory of any length. Never faults, wherever it points to.</summary>
    /// <param name="first">Where it begins.</param>
    /// <param name="bytes">How long it is.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Piece(byte* first, nint bytes)
    {
        if (!Sse.IsSupported) return;
        for (nint done = 0; done < bytes; done += LanePattern.CacheLine) Sse.Prefetch0(first + done);
    }

    // Twice the same but for the level, which is part of the instruction, and for how much there may be.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ToFirstLevel(byte* line, int bytes)
    {
        Sse.Prefetch0(line);
        if (bytes > LanePattern.CacheLine) Sse.Prefetch0(line + LanePattern.CacheLine);
        if (bytes <= 2 * LanePattern.CacheLine) return;
        Sse.Prefetch0(line + (2 * LanePattern.CacheLine));
        Sse.Prefetch0(line + (3 * LanePattern.CacheLine));
        if (bytes <= 4 * LanePattern.CacheLine) return;
        Sse.Prefetch0(line + (4 * LanePattern.CacheLine));
        Sse.Prefetch0(line + (5 * LanePattern.CacheLine));
        Sse.Prefetch0(line + (6 * LanePattern.CacheLine));
        Sse.Prefetch0(line + (7 * LanePattern.CacheLine));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ToSecondLevel(byte* line, int bytes)
    {
        Sse.Prefetch1(line);
        if (bytes > LanePattern.CacheLine) Sse.Prefetch1(line + LanePattern.CacheLine);
        if (bytes <= 2 * LanePattern.CacheLine) return;
        Sse.Prefetch1(line + (2 * LanePattern.CacheLine));
        Sse.Prefetch1(line + (3 * LanePattern.CacheLine));
    }

    private static int Block(int computeSize) => LanePattern.Column * LanePattern.Lanes(computeSize);
}
