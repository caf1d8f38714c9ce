using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>
/// exp(-x) for x in [0, inf]: within 1.1 ULP (float) and 1 ULP (double). Below the smallest normal number, 2^-126 (2^-1022), something from
/// 0 to it, and exactly 0 below half of it. exp(-0) = 1 and exp(-inf) = 0 exactly; NaN gives NaN.
/// </summary>
/// <remarks>
/// -x log2(e) = n + j/8 + f with integers n and j, 0 &lt;= j &lt; 8 and |f| at most 1/16; log2(e) in two parts keeps f within 2^-28 (float)
/// and 2^-57 (double). 2^(j/8) is looked up; 2^f - 1 is a polynomial interpolated at the roots of a Chebyshev polynomial, with an error of
/// 2^-25.6 for degree 3 and 2^-57.6 for degree 7. Multiply-adds bound the loops, and the table saves three of them (double: four).
/// </remarks>
internal static unsafe class Exponential
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OfNegated<TLanes, TVector, T>(TVector x)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // n is -127 (-1023) at least; there the exponent is that of 0 and of what is less than a normal number.
        x = TLanes.MinOrRight(TLanes.Constant(88f, 709.1), x);

        // Adding 1.5 * 2^20 (1.5 * 2^49) rounds to a multiple of 1/8 and leaves 8n + j in the low bits.
        TVector magic = TLanes.Constant(1572864f, 844424930131968.0);
        TVector minusLog2E = TLanes.Constant(-1.4426950216293335f, -1.4426950408889634);
        TVector rounded = TLanes.MultiplyAdd(x, minusLog2E, magic);
        TVector f = TLanes.MultiplyAdd(x, minusLog2E, TLanes.Subtract(magic, rounded));
        f = TLanes.MultiplyAdd(x, TLanes.Constant(-1.925963033500011e-08f, -2.0355273740931033e-17), f);
        TVector p = TLanes.Constant(0.05550931766629219f, 1.525349901538496e-05);
        if (typeof(T) == typeof(double))
        {
            p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0, 0.00015404523968369472));
            p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0, 0.0013333558129067413));
            p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0, 0.009618129085086323));
            p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0, 0.0555041086648227));
        }

        p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0.24026408791542053f, 0.24022650695911524));
        p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0.6931471824645996f, 0.6931471805599453));
        p = TLanes.MultiplyAdd(p, f, TLanes.Constant(-1.8350752029050454e-08f, 0));

        // n goes to the exponent; what j leaves behind in the fraction, the table has subtracted.
        TVector exponent = typeof(T) == typeof(float) ? TLanes.ShiftLeft(rounded, 20) : TLanes.ShiftLeft(rounded, 49);
        TVector power = TLanes.AddInteger(TLanes.Lookup(Table<T>(), rounded), exponent);
        return TLanes.MultiplyAdd(power, p, power);
    }

    // The bits of 2^(j/8), less j where it stands in the fraction.
    private static ReadOnlySpan<uint> SingleTable =>
    [
        0x3F800000, 0x3F7B95C2, 0x3F7837F0, 0x3F75FED7, 0x3F7504F3, 0x3F75672A, 0x3F7744FD, 0x3F7AC0C7,
        0x3F800000, 0x3F7B95C2, 0x3F7837F0, 0x3F75FED7, 0x3F7504F3, 0x3F75672A, 0x3F7744FD, 0x3F7AC0C7,
    ];

    private static ReadOnlySpan<ulong> DoubleTable =>
    [
        0x3FF0000000000000, 0x3FEF72B83C7D517B, 0x3FEF06FE0A31B715, 0x3FEEBFDAD5362A27,
        0x3FEEA09E667F3BCD, 0x3FEEACE5422AA0DB, 0x3FEEE89F995AD3AD, 0x3FEF5818DCFBA487,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T* Table<T>()
        where T : unmanaged => typeof(T) == typeof(float)
            ? (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(SingleTable))
            : (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(DoubleTable));
}
