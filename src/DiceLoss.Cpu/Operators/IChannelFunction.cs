using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>A function that makes probabilities of logits, each on its own, as a tag.</summary>
internal interface IChannelFunction
{
    /// <inheritdoc cref="IActivation.HasVoxelTerms"/>
    static abstract bool HasVoxelTerms { get; }

    /// <summary>p, and a sum of which <see cref="LogLosses"/> needs the logarithm.</summary>
    static abstract TVector Probability<TLanes, TVector, T>(TVector x, out TVector sum)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>p, 1 - p and dp/dx.</summary>
    static abstract TVector Probability<TLanes, TVector, T>(TVector x, out TVector complement, out TVector slope)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>-log p and -log(1 - p), from the logit and the logarithm of the sum; for functions that have voxel terms.</summary>
    static abstract TVector LogLosses<TLanes, TVector, T>(TVector x, TVector log, out TVector complementLogLoss)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
