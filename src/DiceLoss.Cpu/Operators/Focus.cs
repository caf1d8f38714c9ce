using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>
/// What the focal loss q^gamma (-log p), with q = 1 - p, has beyond cross-entropy; in float32 within (1 + gamma) 2^-22, absolutely.
/// </summary>
internal static class Focus
{
    /// <summary>q^gamma for q in [0, 1]; 1 for gamma = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Power<TLanes, TVector, T>(TVector q, T gamma)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // q may come out above 1 by a rounding, where the logarithm is positive.
        TVector log = Logarithm.OfPositive<TLanes, TVector, T>(q);
        TVector distance = TLanes.MaxOrRight(TLanes.Zero, TLanes.Subtract(TLanes.Zero, log));
        return Exponential.OfNegated<TLanes, TVector, T>(TLanes.Multiply(TLanes.Broadcast(gamma), distance));
    }

    /// <summary>
    /// The derivative of q^gamma (-log p) by the logit, divided by that of -log p, which is -q: q^gamma (1 + gamma p (-log p) / q).
    /// </summary>
    /// <param name="p">In [0, 1].</param>
    /// <param name="q">1 - p, from something that does not cancel.</param>
    /// <param name="gamma">Not negative.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OfGradient<TLanes, TVector, T>(TVector p, TVector q, T gamma)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // -log(1 - q) / q, for small q by its series: the quotient of two roundings is none.
        TVector small = TLanes.Constant(1f / 64, 1.0 / 8192);
        TVector series = TLanes.MultiplyAdd(TLanes.Constant(1f / 4, 1.0 / 4), q, TLanes.Constant(1f / 3, 1.0 / 3));
        series = TLanes.MultiplyAdd(series, q, TLanes.Constant(0.5f, 0.5));
        series = TLanes.MultiplyAdd(series, q, TLanes.One);
        TVector logLoss = TLanes.Subtract(TLanes.Zero, Logarithm.OfPositive<TLanes, TVector, T>(p));
        TVector ratio = TLanes.WhereGreater(q, small, TLanes.Divide(logLoss, TLanes.MaxOrRight(q, small)), series);
        TVector factor = TLanes.MultiplyAdd(TLanes.Multiply(TLanes.Broadcast(gamma), p), ratio, TLanes.One);
        return TLanes.Multiply(Power<TLanes, TVector, T>(q, gamma), factor);
    }
}
