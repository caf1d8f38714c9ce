using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>
/// log(x) for finite x from the smallest normal number on: within 1.5 ULP of the larger of the result and 2^-3; log(1) = 0 exactly; NaN
/// gives NaN. For what is smaller, 0 included, something within 1 of the logarithm of the smallest normal number.
/// </summary>
/// <remarks>
/// x = 2^n m with m in [11/16, 11/8), which is cut into eight cells of 2^20 (2^49) floats each, so that 1 is a border. For a cell, a number c
/// near 1/m and -log(c) are looked up, 1 and 0 beside 1. With r = m c - 1 in [-1/16, 1/8], log(x) = n log(2) - log(c) + r + r^2 q(r); q is
/// interpolated at the roots of a Chebyshev polynomial, with an error of 2^-30 for degree 4 and 2^-61 for degree 11. The tables stand in for
/// a division and for half of the terms.
/// </remarks>
internal static unsafe class Logarithm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OfPositive<TLanes, TVector, T>(TVector x)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // As integers: the bits of x, as far above those of 1 as above those of 11/16. Exponent, cell and place in the cell follow each other.
        bool isSingle = typeof(T) == typeof(float);
        TVector bits = TLanes.AddInteger(x, TLanes.BroadcastBits(isSingle ? 0x0050_0000ul : 0x000A_0000_0000_0000ul));
        TVector cell = isSingle ? TLanes.ShiftRight(bits, 20) : TLanes.ShiftRight(bits, 49);
        TVector fraction = TLanes.BitAnd(bits, TLanes.BroadcastBits(isSingle ? 0x007F_FFFFul : 0x000F_FFFF_FFFF_FFFFul));
        TVector m = TLanes.AddInteger(fraction, TLanes.Constant(0.6875f, 0.6875));

        // The exponent with its bias, below the bits of 2^23 (2^52): a number that counts it.
        TVector exponent = TLanes.BitOr(isSingle ? TLanes.ShiftRight(bits, 23) : TLanes.ShiftRight(bits, 52), TLanes.Constant(8388608f, 4503599627370496.0));
        TVector n = TLanes.Subtract(exponent, TLanes.Constant(8388608f + 127f, 4503599627370496.0 + 1023.0));

        TVector r = TLanes.MultiplyAdd(m, TLanes.Lookup(Table<T>(SingleReciprocals, DoubleReciprocals), cell), TLanes.Constant(-1f, -1));
        TVector q = TLanes.Constant(-0.14720543f, 0.05578103667103801);
        if (typeof(T) == typeof(double))
        {
            q = TLanes.MultiplyAdd(q, r, TLanes.Constant(0, -0.08145673288905536));
            q = TLanes.MultiplyAdd(q, r, TLanes.Constant(0, 0.0910088186300794));
            q = TLanes.MultiplyAdd(q, r, TLanes.Constant(0, -0.10002233191051017));
            q = TLanes.MultiplyAdd(q, r, TLanes.Constant(0, 0.11111143802123584));
            q = TLanes.MultiplyAdd(q, r, TLanes.Constant(0, -0.12499991916080595));
            q = TLanes.MultiplyAdd(q, r, TLanes.Constant(0, 0.14285714049697112));
            q = TLanes.MultiplyAdd(q, r, TLanes.Constant(0, -0.16666666678681447));
        }

        q = TLanes.MultiplyAdd(q, r, TLanes.Constant(0.2002336f, 0.20000000000355583));
        q = TLanes.MultiplyAdd(q, r, TLanes.Constant(-0.25009155f, -0.2499999999999327));
        q = TLanes.MultiplyAdd(q, r, TLanes.Constant(0.3333337f, 0.3333333333333321));
        q = TLanes.MultiplyAdd(q, r, TLanes.Constant(-0.49999994f, -0.5));
        TVector log = TLanes.MultiplyAdd(TLanes.Multiply(r, r), q, r);
        log = TLanes.Add(log, TLanes.Lookup(Table<T>(SingleLogarithms, DoubleLogarithms), cell));
        log = TLanes.MultiplyAdd(n, TLanes.Constant(0.6931472f, 0.6931471805599453), log);
        return TLanes.Add(log, TLanes.Subtract(x, x)); // NaN stays NaN
    }

    // About 1/m of each cell: 1 beside 1, elsewhere 2 / (begin + end) as a float.
    private static ReadOnlySpan<float> SingleReciprocals =>
    [
        1.3913044f, 1.28f, 1.1851852f, 1.1034483f, 1f, 1f, 0.84210527f, 0.7619048f,
        1.3913044f, 1.28f, 1.1851852f, 1.1034483f, 1f, 1f, 0.84210527f, 0.7619048f,
    ];

    // The same numbers.
    private static ReadOnlySpan<double> DoubleReciprocals =>
        [1.39130437374115, 1.2799999713897705, 1.185185194015503, 1.1034482717514038, 1, 1, 0.8421052694320679, 0.761904776096344];

    // Their negated logarithms.
    private static ReadOnlySpan<float> SingleLogarithms =>
    [
        -0.3302417f, -0.24686006f, -0.16989905f, -0.098440066f, 0f, 0f, 0.17185025f, 0.2719337f,
        -0.3302417f, -0.24686006f, -0.16989905f, -0.098440066f, 0f, 0f, 0.17185025f, 0.2719337f,
    ];

    private static ReadOnlySpan<double> DoubleLogarithms =>
    [
        -0.3302417054970282, -0.24686005557978374, -0.16989904424597804, -0.09844006908796221, 0, 0, 0.17185024947607866, 0.27193369685719043,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T* Table<T>(ReadOnlySpan<float> single, ReadOnlySpan<double> wide)
        where T : unmanaged => typeof(T) == typeof(float)
            ? (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(single))
            : (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(wide));
}
