using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Simd;

/// <summary>
/// Asks for memory ahead of its use. The kernels read one stream per channel, a few cache lines at a time, and compute long on them:
/// neither the hardware's prefetchers nor the reorder window look far enough ahead in so many streams.
/// </summary>
internal static unsafe class Prefetch
{
    private const int Page = 4096;
    private const int SharedSets = 16;

    /// <summary>
    /// Asks for the same run of bytes in every channel. Never faults, wherever it points to. Channels a whole number of pages apart share
    /// the same few sets of the caches: many of them would displace each other before they are read, so nothing is asked for.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Channels(byte* first, nint channelStride, int channels, int bytes)
    {
        if (!Sse.IsSupported || (channelStride % Page == 0 && channels > SharedSets)) return;
        for (int c = 0; c < channels; c++, first += channelStride)
        {
            for (int line = 0; line < bytes; line += LanePattern.CacheLine) Sse.Prefetch0(first + line);
        }
    }
}
