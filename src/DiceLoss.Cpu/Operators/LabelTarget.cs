using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>One class per voxel.</summary>
internal readonly struct LabelTarget : ITarget
{
    public static bool IsMap => false;

    public static TVector Intersection<TLanes, TVector, T>(TVector p, TVector t)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TLanes.Multiply(p, t);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TVector ByProbability<TLanes, TVector, T>(
        in GradientVoxels<T> voxels, int k, TVector index, TVector label, TVector p, TVector ofMass)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TLanes.WhereEqual(label, index, TLanes.Add(ofMass, TLanes.Broadcast(voxels.ByIntersection[k])), ofMass); // not AddWhereEqual: it may be -0

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector WhereCounted<TLanes, TVector, T>(in GradientVoxels<T> voxels, int k, TVector label, TVector value)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, value);
}
