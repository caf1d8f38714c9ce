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

        nint done = continues ? 0 : Math.Min(bytes, -inLine & (LanePattern.CacheLine - 1));
        Unsafe.CopyBlockUnaligned(destination, from, (uint)done);
        for (; done + LanePattern.CacheLine <= bytes; done += LanePattern.CacheLine) Vector512.Load(from + done).StoreAlignedNonTemporal(destination + done);
        nint left = bytes - done;
        if (ends) Unsafe.CopyBlockUnaligned(destination + done, from + done, (uint)left);
        else Buffer.MemoryCopy(from + done, source - left, left, left);
    }
}
