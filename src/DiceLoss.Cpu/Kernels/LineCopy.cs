using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// Copies past the caches, in whole cache lines. A line that is written in parts costs several times as much; so where a copy goes on where the last one
/// ended, the line between them is written once: what belongs to it is held back until then, before the source.
/// </summary>
internal static unsafe class LineCopy
{
    /// <summary>Bytes before a source in which something may be held back.</summary>
    public const int HeldBytes = LanePattern.CacheLine;

    /// <summary>Copies bytes that lie by themselves: parts of lines at both ends are written as such.</summary>
    /// <inheritdoc cref="Stream(byte*, byte*, nint, bool, bool)" path="/param"/>
    public static void Stream(byte* source, byte* destination, nint bytes) => Stream(source, destination, bytes, continues: false, ends: true);

    /// <summary>Copies bytes that may be one of several pieces, from the same source one after the other.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="bytes">How many; a cache line at least where others follow.</param>
    /// <param name="continues">Whether a piece goes before, of which the end has been held back.</param>
    /// <param name="ends">Whether this is the last piece.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Stream(byte* source, byte* destination, nint bytes, bool continues, bool ends)
    {
        nint inLine = (nint)destination & (LanePattern.CacheLine - 1), held = continues ? inLine : 0;
        byte* from = source - held;
        destination -= held;
        bytes += held;

        nint head = continues ? 0 : Math.Min(bytes, -inLine & (LanePattern.CacheLine - 1)), tail = (bytes - head) % LanePattern.CacheLine, end = bytes - tail;
        Unsafe.CopyBlockUnaligned(destination, from, (uint)head);
        StreamLines(from + head, destination + head, end - head);
        if (ends) Unsafe.CopyBlockUnaligned(destination + end, from + end, (uint)tail);
        else Buffer.MemoryCopy(from + end, source - tail, tail, tail);
    }

    // With registers that the processor has: of others, .NET makes stores through the caches.
    private static void StreamLines(byte* from, byte* to, nint bytes)
    {
        if (Vector512.IsHardwareAccelerated) StreamLines<Lanes512<float>, Vector512<float>>((float*)from, (float*)to, bytes / sizeof(float));
        else if (Vector256.IsHardwareAccelerated) StreamLines<Lanes256<float>, Vector256<float>>((float*)from, (float*)to, bytes / sizeof(float));
        else StreamLines<Lanes128<float>, Vector128<float>>((float*)from, (float*)to, bytes / sizeof(float));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StreamLines<TLanes, TVector>(float* from, float* to, nint count)
        where TLanes : ILanes<TVector, float>
    {
        nint i = 0;
        for (; i + FourLanes<TLanes, TVector, float>.Count <= count; i += FourLanes<TLanes, TVector, float>.Count)
        {
            FourLanes<TLanes, TVector, float>.Stream(to + i, FourLanes<TLanes, TVector, float>.Load(from + i));
        }

        for (; i < count; i += TLanes.Count) TLanes.Stream(to + i, TLanes.Load(from + i));
    }
}
