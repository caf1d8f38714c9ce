using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p = sigmoid(x), dp/dx = p (1 - p).</summary>
internal readonly struct Sigmoid : IChannelFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Probability<TLanes, TVector, T>(TVector x)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Logistic.Both<TLanes, TVector, T>(x, out TVector p, out _);
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Probability<TLanes, TVector, T>(TVector x, out TVector slope)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Logistic.Both<TLanes, TVector, T>(x, out TVector p, out TVector complement);
        slope = TLanes.Multiply(p, complement);
        return p;
    }
}
