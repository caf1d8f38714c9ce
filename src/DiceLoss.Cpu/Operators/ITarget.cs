using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>What probabilities are compared with, as a tag.</summary>
/// <remarks>
/// A label is compared with the number of each class; a voxel has the weight 1. Everything else comes as maps, a row of targets per class
/// and a row of weights: masks, soft targets, and labels where voxels have weights or classes do not compete for a voxel term.
/// </remarks>
internal interface ITarget
{
    /// <summary>Whether there are maps and weights.</summary>
    static abstract bool IsMap { get; }

    /// <summary>What a probability adds to the intersection: p t or the lesser of both; for maps.</summary>
    static abstract TVector Intersection<TLanes, TVector, T>(TVector p, TVector t)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>u, the derivative by the probability of a class: A t + e B p^(e-1), for maps times the weight.</summary>
    /// <param name="voxels">The voxels.</param>
    /// <param name="k">The class.</param>
    /// <param name="index">The class as a label, in every lane.</param>
    /// <param name="label">The voxels' labels.</param>
    /// <param name="p">The voxels' probabilities of the class.</param>
    /// <param name="ofMass">e B p^(e-1).</param>
    static abstract TVector ByProbability<TLanes, TVector, T>(
        in GradientVoxels<T> voxels, int k, TVector index, TVector label, TVector p, TVector ofMass)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The value where voxel and target count, elsewhere 0, whatever the value; where classes do not compete.</summary>
    static abstract TVector WhereCounted<TLanes, TVector, T>(in GradientVoxels<T> voxels, int k, TVector label, TVector value)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
