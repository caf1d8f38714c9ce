using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p = x: the channels already hold probabilities. Without voxel terms, which need logits.</summary>
internal readonly struct Identity : IChannelFunction
{
    public static bool HasVoxelTerms => false;

    public static TVector Probability<TLanes, TVector, T>(TVector x, out TVector sum)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        sum = TLanes.One;
        return x;
    }

    public static TVector Probability<TLanes, TVector, T>(TVector x, out TVector complement, out TVector slope)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        slope = TLanes.One;
        complement = TLanes.Subtract(slope, x);
        return x;
    }

    public static TVector LogLosses<TLanes, TVector, T>(TVector x, TVector log, out TVector complementLogLoss)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException("Probabilities have no voxel terms.");
}
