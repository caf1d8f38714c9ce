using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// From a tile's sums to a segment's: the lanes of each sum are added up in double, in a fixed order, and the total goes to the segment's,
/// with what rounding takes kept beside it; the tile's sums are set back to 0. Runs once per tile, so one width serves all.
/// </summary>
internal static unsafe class LaneTotals
{
    /// <summary>Adds error-free: each total is a <see cref="CompensatedSum"/> that is not yet normalised.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="sums">Sums of the tile, [sum][lane]; set to 0.</param>
    /// <param name="totals">Where they are added, [sum][value, compensation].</param>
    /// <param name="count">How many sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddCompensated<T>(T* sums, double* totals, int count)
        where T : unmanaged
    {
        for (int i = 0; i < count; i++, totals += 2)
        {
            double addend = Take(ref sums);
            double before = totals[0];
            double after = before + addend;
            double share = after - before;
            totals[0] = after;
            totals[1] += (before - (after - share)) + (addend - share);
        }
    }

    /// <summary>Adds counts, which are kept as integers in the lanes.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="counts">Counts of the tile, [count][lane]; set to 0.</param>
    /// <param name="totals">Where they are added.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddCounts<T>(T* counts, long* totals, int count)
        where T : unmanaged
    {
        for (int i = 0; i < count; i++)
        {
            Vector512<long> sum = Vector512.Load((long*)counts);
            if (typeof(T) == typeof(float)) sum = (sum & Vector512.Create(0xFFFF_FFFFL)) + (sum >>> 32);
            totals[i] += Vector512.Sum(sum);
            Vector512<byte>.Zero.Store((byte*)counts);
            counts = (T*)((byte*)counts + Vector512<byte>.Count);
        }
    }

    // Adds up a line of lanes, sets it to 0 and goes on to the next.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Take<T>(ref T* lanes)
        where T : unmanaged
    {
        Vector256<double> sum;
        if (typeof(T) == typeof(double))
        {
            sum = Vector256.Load((double*)lanes) + Vector256.Load((double*)lanes + 4);
        }
        else
        {
            Vector256<float> left = Vector256.Load((float*)lanes), right = Vector256.Load((float*)lanes + 8);
            sum = (Vector256.WidenLower(left) + Vector256.WidenUpper(left)) + (Vector256.WidenLower(right) + Vector256.WidenUpper(right));
        }

        Vector512<byte>.Zero.Store((byte*)lanes);
        lanes = (T*)((byte*)lanes + Vector512<byte>.Count);
        Vector128<double> half = sum.GetLower() + sum.GetUpper();
        return half[0] + half[1];
    }
}
