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

/// <summary>e = 1.</summary>
internal readonly struct ExponentOne : IExponent
{
    public static TVector Power<TLanes, TVector, T>(TVector p, int exponent)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => p;

    public static TVector Slope<TLanes, TVector, T>(TVector slope, TVector p, int exponent)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => slope;
}

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
