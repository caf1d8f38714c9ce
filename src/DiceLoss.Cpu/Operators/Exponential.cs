using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>exp(x) for x in [-inf, 0]: within 1 ULP, subnormal results included; exp(0) = 1 and exp(-inf) = 0 exactly; NaN gives NaN.</summary>
/// <remarks>
/// x log2(e) = n + f with an integer n and |f| at most 1/2; log2(e) in two parts keeps f within 2^-25 (float) and 2^-54 (double).
/// 2^f is 1 plus f times a polynomial interpolated at Chebyshev nodes, relative error 5.1e-9 of degree 6 and 8.5e-18 of degree 11.
/// 2^n is added to the exponent in two steps, so that only the last, a multiplication, rounds when the result is subnormal.
/// </remarks>
internal static class Exponential
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OfNegative<TLanes, TVector, T>(TVector x)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Adding 1.5 * 2^23 (1.5 * 2^52) rounds to an integer and leaves it in the low bits, here 64 (512) larger.
        TVector magic = Constant(12582912f + 64f, 6755399441055744.0 + 512.0);
        TVector log2E = Constant(1.4426950216293335f, 1.4426950408889634);
        x = TLanes.MaxOrRight(Constant(-104f, -746.0), x); // below, the result rounds to 0
        TVector shifted = TLanes.MultiplyAdd(x, log2E, magic);
        TVector n = TLanes.Subtract(shifted, magic);
        TVector f = TLanes.MultiplyAdd(x, log2E, TLanes.Subtract(TLanes.Zero, n));
        f = TLanes.MultiplyAdd(x, Constant(1.925963033500011e-08f, 2.0355273740931033e-17), f);

        TVector p = Constant(0.00015453163359779865f, 4.4549605981865186e-10);
        if (typeof(T) == typeof(double))
        {
            p = TLanes.MultiplyAdd(p, f, Constant(0, 7.072585949269223e-09));
            p = TLanes.MultiplyAdd(p, f, Constant(0, 1.0178062445845774e-07));
            p = TLanes.MultiplyAdd(p, f, Constant(0, 1.321544258792169e-06));
            p = TLanes.MultiplyAdd(p, f, Constant(0, 1.525273382983612e-05));
            p = TLanes.MultiplyAdd(p, f, Constant(0, 0.0001540353044173605));
        }

        p = TLanes.MultiplyAdd(p, f, Constant(0.0013390863314270973f, 0.0013333558146416936));
        p = TLanes.MultiplyAdd(p, f, Constant(0.009618083015084267f, 0.009618129107606888));
        p = TLanes.MultiplyAdd(p, f, Constant(0.055503569543361664f, 0.0555041086648216));
        p = TLanes.MultiplyAdd(p, f, Constant(0.24022650718688965f, 0.24022650695910097));
        p = TLanes.MultiplyAdd(p, f, Constant(0.6931471824645996f, 0.6931471805599453));
        p = TLanes.MultiplyAdd(p, f, TLanes.One);

        // 2^-64 (2^-512) takes back what n was larger.
        TVector exponent = typeof(T) == typeof(float) ? TLanes.ShiftLeft(shifted, 23) : TLanes.ShiftLeft(shifted, 52);
        p = TLanes.AddInteger(p, exponent);
        return TLanes.Multiply(p, Constant(5.421010862427522e-20f, 7.458340731200207e-155));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static TVector Constant(float single, double other) =>
            TLanes.Broadcast(T.CreateTruncating(typeof(T) == typeof(float) ? single : other));
    }
}
