using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Simd;

/// <summary>
/// Asks for memory ahead of its use. The kernels read one stream per channel, a few cache lines at a time, and compute long on them:
/// neither the hardware's prefetchers nor the reorder window look far enough ahead in so many streams.
/// </summary>
internal static unsafe class Prefetch
{
    /// <summary>Asks for the same run of bytes in every channel. Never faults, wherever it points to.</summary>
    /// <param name="first">Where the run begins in channel 0.</param>
    /// <param name="channelStride">Bytes from one channel to the next.</param>
    /// <param name="channels">How many channels.</param>
    /// <param name="bytes">Bytes of the run, up to four cache lines; a constant, so that no loop is left of it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Channels(byte* first, nint channelStride, int channels, int bytes)
    {
        if (!Sse.IsSupported) return;
        for (int c = 0; c < channels; c++, first += channelStride)
        {
            Sse.Prefetch0(first);
            if (bytes > LanePattern.CacheLine) Sse.Prefetch0(first + LanePattern.CacheLine);
            if (bytes > 2 * LanePattern.CacheLine) Sse.Prefetch0(first + (2 * LanePattern.CacheLine));
            if (bytes > 3 * LanePattern.CacheLine) Sse.Prefetch0(first + (3 * LanePattern.CacheLine));
        }
    }
}
