using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>e = 2.</summary>
internal readonly struct ExponentTwo : IExponent
{
    public static TVector Power<TLanes, TVector, T>(TVector p, int exponent)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TLanes.Multiply(p, p);

    public static TVector Slope<TLanes, TVector, T>(TVector slope, TVector p, int exponent)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TLanes.Multiply(slope, p);
}
