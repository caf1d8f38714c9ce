using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p = x: the channels already hold probabilities.</summary>
internal readonly struct Identity : IChannelFunction
{
    public static TVector Probability<TLanes, TVector, T>(TVector x)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x;

    public static TVector Probability<TLanes, TVector, T>(TVector x, out TVector slope)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        slope = TLanes.One;
        return x;
    }
}
