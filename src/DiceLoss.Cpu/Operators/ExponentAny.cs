using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>Any integer e of 1 or more, by repeated squaring.</summary>
internal readonly struct ExponentAny : IExponent
{
    public static TVector Power<TLanes, TVector, T>(TVector p, int exponent)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Slope<TLanes, TVector, T>(p, p, exponent);

    public static TVector Slope<TLanes, TVector, T>(TVector slope, TVector p, int exponent)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector product = slope;
        for (int rest = exponent - 1; rest > 0; rest >>= 1)
        {
            if ((rest & 1) != 0) product = TLanes.Multiply(product, p);
            p = TLanes.Multiply(p, p);
        }

        return product;
    }
}
