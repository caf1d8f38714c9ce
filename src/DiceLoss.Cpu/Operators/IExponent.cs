using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>The exponent e of the prediction mass, as a tag: common ones cost nothing in the voxel loop.</summary>
internal interface IExponent
{
    /// <summary>p^e.</summary>
    static abstract TVector Power<TLanes, TVector, T>(TVector p, int exponent)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>slope * p^(e-1), where the slope already holds the factor e.</summary>
    static abstract TVector Slope<TLanes, TVector, T>(TVector slope, TVector p, int exponent)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
