using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>
/// exp(-x) for x in [0, inf]: within 1 ULP, and 0 below 2^-126.5 (float) and 2^-1022.5 (double); exp(-0) = 1 and exp(-inf) = 0 exactly;
/// NaN gives NaN.
/// </summary>
/// <remarks>
/// -x log2(e) = n + f with an integer n and |f| at most 1/2; log2(e) in two parts keeps f within 2^-25 (float) and 2^-54 (double).
/// 2^f is 1 plus f times a polynomial interpolated at Chebyshev nodes, relative error 5.1e-9 of degree 6 and 8.5e-18 of degree 11.
/// </remarks>
internal static class Exponential
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OfNegated<TLanes, TVector, T>(TVector x)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Adding 1.5 * 2^23 (1.5 * 2^52) rounds to an integer and leaves it in the low bits, here with the bias of the exponent.
        TVector magic = TLanes.Constant(12582912f + 127f, 6755399441055744.0 + 1023.0);
        TVector minusLog2E = TLanes.Constant(-1.4426950216293335f, -1.4426950408889634);
        x = TLanes.MinOrRight(TLanes.Constant(88f, 709.0), x); // from here on, n is -127 (-1023), which stands for 0
        TVector shifted = TLanes.MultiplyAdd(x, minusLog2E, magic);
        TVector f = TLanes.MultiplyAdd(x, minusLog2E, TLanes.Subtract(magic, shifted));
        f = TLanes.MultiplyAdd(x, TLanes.Constant(-1.925963033500011e-08f, -2.0355273740931033e-17), f);

        TVector p = TLanes.Constant(0.00015453163359779865f, 4.4549605981865186e-10);
        if (typeof(T) == typeof(double))
        {
            p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0, 7.072585949269223e-09));
            p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0, 1.0178062445845774e-07));
            p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0, 1.321544258792169e-06));
            p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0, 1.525273382983612e-05));
            p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0, 0.0001540353044173605));
        }

        p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0.0013390863314270973f, 0.0013333558146416936));
        p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0.009618083015084267f, 0.009618129107606888));
        p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0.055503569543361664f, 0.0555041086648216));
        p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0.24022650718688965f, 0.24022650695910097));
        p = TLanes.MultiplyAdd(p, f, TLanes.Constant(0.6931471824645996f, 0.6931471805599453));
        p = TLanes.MultiplyAdd(p, f, TLanes.One);

        TVector power = typeof(T) == typeof(float) ? TLanes.ShiftLeft(shifted, 23) : TLanes.ShiftLeft(shifted, 52);
        return TLanes.Multiply(p, power);
    }
}
