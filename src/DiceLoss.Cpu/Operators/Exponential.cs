using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>exp(x) for x in [-inf, 0]: within 1 ULP, subnormal results included; exp(0) = 1 and exp(-inf) = 0 exactly; NaN gives NaN.</summary>
/// <remarks>
/// x log2(e) = n + f with an integer n and |f| at most 1/2; log2(e) in two parts keeps f exact to 2^-26 (float) and 2^-55 (double).
/// 2^f is 1 plus f times a polynomial interpolated at Chebyshev nodes, relative error 5.1e-9 of degree 6 and 8.5e-18 of degree 11.
/// 2^n is added to the exponent in two steps, so that only the last, a multiplication, rounds when the result is subnormal.
/// </remarks>
internal static class Exponential
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OfNegative<TLanes, TVector, T>(TVector x)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Single<TLanes, TVector, T>(x) : Double<TLanes, TVector, T>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Single<TLanes, TVector, T>(TVector x)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Below -104 the result rounds to 0. Adding 1.5 * 2^23 rounds to an integer and leaves it, plus 64, in the low bits.
        TVector magic = Constant<TLanes, TVector, T>(12582912f + 64f);
        x = TLanes.MaxOrRight(Constant<TLanes, TVector, T>(-104f), x);
        TVector shifted = TLanes.MultiplyAdd(x, Constant<TLanes, TVector, T>(1.4426950216293335f), magic);
        TVector n = TLanes.Subtract(shifted, magic);
        TVector f = TLanes.MultiplyAdd(x, Constant<TLanes, TVector, T>(1.4426950216293335f), TLanes.Subtract(TLanes.Zero, n));
        f = TLanes.MultiplyAdd(x, Constant<TLanes, TVector, T>(1.925963033500011e-08f), f);

        TVector p = Constant<TLanes, TVector, T>(0.00015453163359779865f);
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.0013390863314270973f));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.009618083015084267f));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.055503569543361664f));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.24022650718688965f));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.6931471824645996f));
        p = TLanes.MultiplyAdd(p, f, TLanes.One);

        p = TLanes.AddInteger(p, TLanes.ShiftLeft(shifted, 23));
        return TLanes.Multiply(p, Constant<TLanes, TVector, T>(1f / 18446744073709551616f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Double<TLanes, TVector, T>(TVector x)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // The same with 1.5 * 2^52 and 512; below -746 the result rounds to 0.
        TVector magic = Constant<TLanes, TVector, T>(6755399441055744.0 + 512.0);
        x = TLanes.MaxOrRight(Constant<TLanes, TVector, T>(-746.0), x);
        TVector shifted = TLanes.MultiplyAdd(x, Constant<TLanes, TVector, T>(1.4426950408889634), magic);
        TVector n = TLanes.Subtract(shifted, magic);
        TVector f = TLanes.MultiplyAdd(x, Constant<TLanes, TVector, T>(1.4426950408889634), TLanes.Subtract(TLanes.Zero, n));
        f = TLanes.MultiplyAdd(x, Constant<TLanes, TVector, T>(2.0355273740931033e-17), f);

        TVector p = Constant<TLanes, TVector, T>(4.4549605981865186e-10);
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(7.072585949269223e-09));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(1.0178062445845774e-07));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(1.321544258792169e-06));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(1.525273382983612e-05));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.0001540353044173605));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.0013333558146416936));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.009618129107606888));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.0555041086648216));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.24022650695910097));
        p = TLanes.MultiplyAdd(p, f, Constant<TLanes, TVector, T>(0.6931471805599453));
        p = TLanes.MultiplyAdd(p, f, TLanes.One);

        p = TLanes.AddInteger(p, TLanes.ShiftLeft(shifted, 52));
        return TLanes.Multiply(p, TLanes.BroadcastBits((1023UL - 512) << 52));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Constant<TLanes, TVector, T>(double value)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TLanes.Broadcast(T.CreateTruncating(value));
}
