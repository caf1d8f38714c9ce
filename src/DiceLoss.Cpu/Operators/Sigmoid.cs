using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p = sigmoid(x), dp/dx = p (1 - p).</summary>
internal readonly struct Sigmoid : IChannelFunction
{
    public static bool HasVoxelTerms => true;

    /// <summary>The sum is 1 + z, with z = exp(-|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Probability<TLanes, TVector, T>(TVector x, out TVector sum)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Logistic.Both<TLanes, TVector, T>(x, out TVector p, out _, out sum);
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Probability<TLanes, TVector, T>(TVector x, out TVector complement, out TVector slope)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Logistic.Both<TLanes, TVector, T>(x, out TVector p, out complement, out _);
        slope = TLanes.Multiply(p, complement);
        return p;
    }

    /// <summary>max(-x, 0) + log(1 + z) and max(x, 0) + log(1 + z).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector LogLosses<TLanes, TVector, T>(TVector x, TVector log, out TVector complementLogLoss)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        complementLogLoss = TLanes.Add(TLanes.MaxOrRight(TLanes.Zero, x), log);
        return TLanes.Add(TLanes.MaxOrRight(TLanes.Zero, TLanes.Subtract(TLanes.Zero, x)), log);
    }
}
