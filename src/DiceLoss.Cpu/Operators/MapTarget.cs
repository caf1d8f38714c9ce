using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>A target per voxel and class, and a weight per voxel.</summary>
internal readonly struct MapTarget<TIntersection> : ITarget
    where TIntersection : IIntersection
{
    public static bool IsMap => true;

    public static TVector Intersection<TLanes, TVector, T>(TVector p, TVector t)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TIntersection.Intersection<TLanes, TVector, T>(p, t);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TVector ByProbability<TLanes, TVector, T>(
        in GradientVoxels<T> voxels, int k, TVector index, TVector label, TVector p, TVector ofMass)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector target = voxels.Target<TLanes, TVector>(k);
        TVector u = TLanes.MultiplyAdd(TLanes.Broadcast(voxels.ByIntersection[k]), TIntersection.Slope<TLanes, TVector, T>(p, target), ofMass);
        return GradientVoxels<T>.WhereCounted<TLanes, TVector>(target, TLanes.Multiply(voxels.Weight<TLanes, TVector>(label), u));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector WhereCounted<TLanes, TVector, T>(in GradientVoxels<T> voxels, int k, TVector label, TVector value)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => GradientVoxels<T>.WhereCounted<TLanes, TVector>(
            voxels.Target<TLanes, TVector>(k), GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, value));
}
