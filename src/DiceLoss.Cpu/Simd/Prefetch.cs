using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Simd;

/// <summary>
/// Asks for memory ahead of its use. The kernels read one stream per channel, a few cache lines at a time, and compute long on them:
/// neither the hardware's prefetchers nor the reorder window look far enough ahead in so many streams. Asked for little by little while
/// something is computed, and into the second-level cache: what many channels need next would drive what they need now out of the first.
/// </summary>
internal static unsafe class Prefetch
{
    /// <summary>
    /// Asks for the cache lines of a run of bytes, but for one that begins before it: that was asked for with the run before. Never faults,
    /// wherever it points to.
    /// </summary>
    /// <param name="first">Where the run begins.</param>
    /// <param name="bytes">How long it is, up to eight cache lines. No loop, which would have the compiler move constants out of the loop around it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(byte* first, int bytes)
    {
        if (!Sse.IsSupported) return;
        first += LanePattern.CacheLine - 1;
        Sse.Prefetch1(first);
        if (bytes > LanePattern.CacheLine) Sse.Prefetch1(first + LanePattern.CacheLine);
        if (bytes <= 2 * LanePattern.CacheLine) return;
        Sse.Prefetch1(first + (2 * LanePattern.CacheLine));
        Sse.Prefetch1(first + (3 * LanePattern.CacheLine));
        if (bytes <= 4 * LanePattern.CacheLine) return;
        Sse.Prefetch1(first + (4 * LanePattern.CacheLine));
        Sse.Prefetch1(first + (5 * LanePattern.CacheLine));
        Sse.Prefetch1(first + (6 * LanePattern.CacheLine));
        Sse.Prefetch1(first + (7 * LanePattern.CacheLine));
    }
}
