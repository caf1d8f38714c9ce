using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// From a tile's sums to a segment's: lane by lane into doubles, with what rounding takes kept beside them, and the tile's sums set back
/// to 0. Runs once per tile, so one width serves all.
/// </summary>
internal static unsafe class LaneTotals
{
    /// <summary>Adds error-free: each total and its compensation are a <see cref="CompensatedSum"/> in two places.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="sums">Sums of the tile; set to 0.</param>
    /// <param name="totals">Where they are added.</param>
    /// <param name="compensations">Where the rounding errors of those additions are added.</param>
    /// <param name="count">How many; a multiple of 8.</param>
    public static void AddCompensated<T>(T* sums, double* totals, double* compensations, int count)
        where T : unmanaged
    {
        for (int i = 0; i < count; i += Vector256<double>.Count)
        {
            Vector256<double> addend = Take(sums + i);
            Vector256<double> before = Vector256.Load(totals + i);
            Vector256<double> after = before + addend;
            Vector256<double> share = after - before;
            Vector256<double> error = (before - (after - share)) + (addend - share);
            after.Store(totals + i);
            (Vector256.Load(compensations + i) + error).Store(compensations + i);
        }
    }

    /// <summary>Adds numbers whose sums are exact in doubles: counts.</summary>
    /// <inheritdoc cref="AddCompensated{T}" path="/typeparam"/>
    /// <inheritdoc cref="AddCompensated{T}" path="/param"/>
    public static void AddExact<T>(T* sums, double* totals, int count)
        where T : unmanaged
    {
        for (int i = 0; i < count; i += Vector256<double>.Count)
        {
            (Vector256.Load(totals + i) + Take(sums + i)).Store(totals + i);
        }
    }

    /// <summary>Adds up lanes in order.</summary>
    public static CompensatedSum Total(double* totals, double* compensations, int lanes)
    {
        CompensatedSum sum = default;
        for (int lane = 0; lane < lanes; lane++)
        {
            sum += new CompensatedSum(totals[lane], 0);
            if (compensations is not null) sum += new CompensatedSum(compensations[lane], 0);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Take<T>(T* sums)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
        {
            Vector256<double> sum = Vector256.Load((double*)sums);
            Vector256<double>.Zero.Store((double*)sums);
            return sum;
        }

        Vector128<float> narrow = Vector128.Load((float*)sums);
        Vector128<float>.Zero.Store((float*)sums);
        (Vector128<double> lower, Vector128<double> upper) = Vector128.Widen(narrow);
        return Vector256.Create(lower, upper);
    }
}
