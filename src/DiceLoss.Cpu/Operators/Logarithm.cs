using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>
/// log(x) for finite x from the smallest normal number on: within 2 ULP of the larger of the result and 2^-3; log(1) = 0 exactly; NaN gives
/// NaN. For what is smaller, 0 included, something within 1 of the logarithm of the smallest normal number.
/// </summary>
/// <remarks>
/// x = 2^n m with m in [1/sqrt(2), sqrt(2)); with s = (m - 1) / (m + 1), log(m) = 2 (s + s^3/3 + s^5/5 + ...), cut off below the last
/// place for |s| &lt; 0.1716.
/// </remarks>
internal static class Logarithm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OfPositive<TLanes, TVector, T>(TVector x)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector one = TLanes.One;
        TVector mantissa = TLanes.BitOr(TLanes.BitAnd(x, TLanes.BroadcastBits(typeof(T) == typeof(float) ? 0x007F_FFFFul : 0x000F_FFFF_FFFF_FFFFul)), one);

        // The exponent with its bias, below the bits of 2^23 (2^52): a number that counts it.
        TVector exponent = TLanes.BitOr(typeof(T) == typeof(float) ? TLanes.ShiftRight(x, 23) : TLanes.ShiftRight(x, 52), TLanes.Constant(8388608f, 4503599627370496.0));
        TVector n = TLanes.Subtract(exponent, TLanes.Constant(8388608f + 127f, 4503599627370496.0 + 1023.0));
        TVector root = TLanes.Constant(1.4142135f, 1.4142135623730951);
        TVector m = TLanes.WhereGreater(mantissa, root, TLanes.Multiply(mantissa, TLanes.Constant(0.5f, 0.5)), mantissa);
        n = TLanes.WhereGreater(mantissa, root, TLanes.Add(n, one), n);

        TVector s = TLanes.Divide(TLanes.Subtract(m, one), TLanes.Add(m, one));
        TVector square = TLanes.Multiply(s, s);
        TVector p = TLanes.Constant(1f / 9, 1.0 / 21);
        if (typeof(T) == typeof(double))
        {
            p = TLanes.MultiplyAdd(p, square, TLanes.Constant(0, 1.0 / 19));
            p = TLanes.MultiplyAdd(p, square, TLanes.Constant(0, 1.0 / 17));
            p = TLanes.MultiplyAdd(p, square, TLanes.Constant(0, 1.0 / 15));
            p = TLanes.MultiplyAdd(p, square, TLanes.Constant(0, 1.0 / 13));
            p = TLanes.MultiplyAdd(p, square, TLanes.Constant(0, 1.0 / 11));
            p = TLanes.MultiplyAdd(p, square, TLanes.Constant(0, 1.0 / 9));
        }

        p = TLanes.MultiplyAdd(p, square, TLanes.Constant(1f / 7, 1.0 / 7));
        p = TLanes.MultiplyAdd(p, square, TLanes.Constant(1f / 5, 1.0 / 5));
        p = TLanes.MultiplyAdd(p, square, TLanes.Constant(1f / 3, 1.0 / 3));
        TVector twice = TLanes.Add(s, s);
        TVector log = TLanes.MultiplyAdd(TLanes.Multiply(p, square), twice, twice);
        log = TLanes.MultiplyAdd(n, TLanes.Constant(0.6931472f, 0.6931471805599453), log);
        return TLanes.Add(log, TLanes.Subtract(x, x)); // NaN stays NaN
    }
}
