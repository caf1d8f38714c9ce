using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>How a probability meets the target of a map, as a tag; see <see cref="IntersectionForm"/>.</summary>
internal interface IIntersection
{
    /// <summary>What they add to the intersection.</summary>
    static abstract TVector Intersection<TLanes, TVector, T>(TVector p, TVector t)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Its derivative by p.</summary>
    static abstract TVector Slope<TLanes, TVector, T>(TVector p, TVector t)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary><see cref="IntersectionForm.Product"/>.</summary>
internal readonly struct ProductIntersection : IIntersection
{
    public static TVector Intersection<TLanes, TVector, T>(TVector p, TVector t)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TLanes.Multiply(p, t);

    public static TVector Slope<TLanes, TVector, T>(TVector p, TVector t)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => t;
}

/// <summary><see cref="IntersectionForm.Minimum"/>.</summary>
internal readonly struct MinimumIntersection : IIntersection
{
    public static TVector Intersection<TLanes, TVector, T>(TVector p, TVector t)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TLanes.MinOrRight(t, p);

    // (1 - sign(p - t)) / 2
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Slope<TLanes, TVector, T>(TVector p, TVector t)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TLanes.WhereGreater(t, p, TLanes.One, TLanes.WhereEqual(t, p, TLanes.Constant(0.5f, 0.5)));
}
