using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// Turns voxels with their channels side by side into channels with their voxels side by side, or back: of 2, 4 or 8 bytes, on processors
/// that can. By squares of four; of 4 bytes by two squares at a time where the matrix is long enough. A matrix whose sides are no multiples
/// of theirs is covered by ones that overlap.
/// </summary>
internal static unsafe class Transposition
{
    /// <summary>Side of a square.</summary>
    private const int Side = 4;

    /// <summary>Whether a matrix can be turned here.</summary>
    public static bool Takes(int rows, int columns, int elementSize) =>
        rows >= Side && columns >= Side && (elementSize == sizeof(ulong) ? Avx.IsSupported : elementSize != sizeof(byte) && Sse2.IsSupported);

    /// <summary>Turns a matrix.</summary>
    /// <param name="source">[rows][columns], the columns next to each other.</param>
    /// <param name="sourceStride">Bytes from one row to the next.</param>
    /// <param name="destination">[columns][rows], the rows next to each other.</param>
    /// <param name="destinationStride">Bytes from one column to the next.</param>
    /// <param name="rows">How many, 4 or more.</param>
    /// <param name="columns">How many, 4 or more.</param>
    /// <param name="elementSize">2, 4 or 8.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(byte* source, nint sourceStride, byte* destination, nint destinationStride, int rows, int columns, int elementSize)
    {
        bool canPair = elementSize == sizeof(uint) && Avx2.IsSupported;
        int height = canPair && rows >= 2 * Side ? 2 * Side : Side, width = canPair && height == Side && columns >= 2 * Side ? 2 * Side : Side;
        for (int left = 0; left < columns; left += width)
        {
            int column = Math.Min(left, columns - width);
            for (int top = 0; top < rows; top += height)
            {
                int row = Math.Min(top, rows - height);
                byte* from = source + (row * sourceStride) + (column * elementSize);
                byte* to = destination + (column * destinationStride) + (row * elementSize);
                if (height > Side) Tall4(from, sourceStride, to, destinationStride);
                else if (width > Side) Wide4(from, sourceStride, to, destinationStride);
                else if (elementSize == sizeof(uint)) Square4(from, sourceStride, to, destinationStride);
                else if (elementSize == sizeof(ushort)) Square2(from, sourceStride, to, destinationStride);
                else Square8(from, sourceStride, to, destinationStride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square2(byte* from, nint fromStride, byte* to, nint toStride)
    {
        Vector128<ushort> a = Load(from), b = Load(from + fromStride), c = Load(from + (2 * fromStride)), d = Load(from + (3 * fromStride));
        Vector128<uint> ab = Sse2.UnpackLow(a, b).AsUInt32(), cd = Sse2.UnpackLow(c, d).AsUInt32();
        Vector128<ulong> lower = Sse2.UnpackLow(ab, cd).AsUInt64(), upper = Sse2.UnpackHigh(ab, cd).AsUInt64();
        *(ulong*)to = lower[0];
        *(ulong*)(to + toStride) = lower[1];
        *(ulong*)(to + (2 * toStride)) = upper[0];
        *(ulong*)(to + (3 * toStride)) = upper[1];

        static Vector128<ushort> Load(byte* row) => Vector128.CreateScalarUnsafe(*(ulong*)row).AsUInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square4(byte* from, nint fromStride, byte* to, nint toStride)
    {
        Vector128<uint> a = Load(from), b = Load(from + fromStride), c = Load(from + (2 * fromStride)), d = Load(from + (3 * fromStride));
        Vector128<ulong> abLow = Sse2.UnpackLow(a, b).AsUInt64(), abHigh = Sse2.UnpackHigh(a, b).AsUInt64();
        Vector128<ulong> cdLow = Sse2.UnpackLow(c, d).AsUInt64(), cdHigh = Sse2.UnpackHigh(c, d).AsUInt64();
        Sse2.UnpackLow(abLow, cdLow).Store((ulong*)to);
        Sse2.UnpackHigh(abLow, cdLow).Store((ulong*)(to + toStride));
        Sse2.UnpackLow(abHigh, cdHigh).Store((ulong*)(to + (2 * toStride)));
        Sse2.UnpackHigh(abHigh, cdHigh).Store((ulong*)(to + (3 * toStride)));

        static Vector128<uint> Load(byte* row) => Vector128.Load((uint*)row);
    }

    // Eight rows and four columns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tall4(byte* from, nint fromStride, byte* to, nint toStride)
    {
        (Vector256<ulong> first, Vector256<ulong> second, Vector256<ulong> third, Vector256<ulong> fourth) = Turn(
            Load(from, fromStride), Load(from + fromStride, fromStride), Load(from + (2 * fromStride), fromStride), Load(from + (3 * fromStride), fromStride));
        first.Store((ulong*)to);
        second.Store((ulong*)(to + toStride));
        third.Store((ulong*)(to + (2 * toStride)));
        fourth.Store((ulong*)(to + (3 * toStride)));

        static Vector256<uint> Load(byte* row, nint stride) => Vector256.Create(Vector128.Load((uint*)row), Vector128.Load((uint*)(row + (Side * stride))));
    }

    // Four rows and eight columns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Wide4(byte* from, nint fromStride, byte* to, nint toStride)
    {
        (Vector256<ulong> first, Vector256<ulong> second, Vector256<ulong> third, Vector256<ulong> fourth) = Turn(
            Load(from), Load(from + fromStride), Load(from + (2 * fromStride)), Load(from + (3 * fromStride)));
        Store(first, to, toStride);
        Store(second, to + toStride, toStride);
        Store(third, to + (2 * toStride), toStride);
        Store(fourth, to + (3 * toStride), toStride);

        static Vector256<uint> Load(byte* row) => Vector256.Load((uint*)row);

        static void Store(Vector256<ulong> columns, byte* to, nint stride)
        {
            columns.GetLower().Store((ulong*)to);
            columns.GetUpper().Store((ulong*)(to + (Side * stride)));
        }
    }

    // Two squares, one in the lower halves, one in the upper.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<ulong> First, Vector256<ulong> Second, Vector256<ulong> Third, Vector256<ulong> Fourth) Turn(
        Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d)
    {
        Vector256<ulong> abLow = Avx2.UnpackLow(a, b).AsUInt64(), abHigh = Avx2.UnpackHigh(a, b).AsUInt64();
        Vector256<ulong> cdLow = Avx2.UnpackLow(c, d).AsUInt64(), cdHigh = Avx2.UnpackHigh(c, d).AsUInt64();
        return (Avx2.UnpackLow(abLow, cdLow), Avx2.UnpackHigh(abLow, cdLow), Avx2.UnpackLow(abHigh, cdHigh), Avx2.UnpackHigh(abHigh, cdHigh));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square8(byte* from, nint fromStride, byte* to, nint toStride)
    {
        Vector256<double> a = Load(from), b = Load(from + fromStride), c = Load(from + (2 * fromStride)), d = Load(from + (3 * fromStride));
        Vector256<double> abEven = Avx.UnpackLow(a, b), abOdd = Avx.UnpackHigh(a, b), cdEven = Avx.UnpackLow(c, d), cdOdd = Avx.UnpackHigh(c, d);
        Vector256.Create(abEven.GetLower(), cdEven.GetLower()).Store((double*)to);
        Vector256.Create(abOdd.GetLower(), cdOdd.GetLower()).Store((double*)(to + toStride));
        Avx.Permute2x128(abEven, cdEven, 0x31).Store((double*)(to + (2 * toStride)));
        Avx.Permute2x128(abOdd, cdOdd, 0x31).Store((double*)(to + (3 * toStride)));

        static Vector256<double> Load(byte* row) => Vector256.Load((double*)row);
    }
}
