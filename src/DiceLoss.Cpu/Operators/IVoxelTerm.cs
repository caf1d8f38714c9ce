using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>What is added up and differentiated beside the sums of the overlap, as a tag: what is not asked for costs nothing.</summary>
internal interface IVoxelTerm
{
    /// <summary>Whether there is -log p of each voxel's own class, or of its classes by their targets.</summary>
    static abstract bool HasLogLoss { get; }

    /// <summary>Whether there is also -log p of every class.</summary>
    static abstract bool HasUniformLogLoss { get; }

    /// <summary>Whether there is also (1 - p)^gamma (-log p).</summary>
    static abstract bool HasFocalLoss { get; }

    /// <summary>C + F phi: what -log p of a class counts in the derivative by its logit, as if it were cross-entropy.</summary>
    /// <param name="byLogLoss">C.</param>
    /// <param name="byFocalLoss">F.</param>
    /// <param name="p">The probability of the class.</param>
    /// <param name="q">1 - p.</param>
    /// <param name="gamma">The exponent of the focal loss.</param>
    static abstract TVector Factor<TLanes, TVector, T>(TVector byLogLoss, TVector byFocalLoss, TVector p, TVector q, T gamma)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary><see cref="VoxelTerm.None"/>.</summary>
internal readonly struct NoTerm : IVoxelTerm
{
    public static bool HasLogLoss => false;

    public static bool HasUniformLogLoss => false;

    public static bool HasFocalLoss => false;

    public static TVector Factor<TLanes, TVector, T>(TVector byLogLoss, TVector byFocalLoss, TVector p, TVector q, T gamma)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => byLogLoss;
}

/// <summary><see cref="VoxelTerm.CrossEntropy"/>.</summary>
internal readonly struct CrossEntropyTerm : IVoxelTerm
{
    public static bool HasLogLoss => true;

    public static bool HasUniformLogLoss => false;

    public static bool HasFocalLoss => false;

    public static TVector Factor<TLanes, TVector, T>(TVector byLogLoss, TVector byFocalLoss, TVector p, TVector q, T gamma)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => byLogLoss;
}

/// <summary><see cref="VoxelTerm.SmoothedCrossEntropy"/>.</summary>
internal readonly struct SmoothedCrossEntropyTerm : IVoxelTerm
{
    public static bool HasLogLoss => true;

    public static bool HasUniformLogLoss => true;

    public static bool HasFocalLoss => false;

    public static TVector Factor<TLanes, TVector, T>(TVector byLogLoss, TVector byFocalLoss, TVector p, TVector q, T gamma)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => byLogLoss;
}

/// <summary><see cref="VoxelTerm.Focal"/>.</summary>
internal readonly struct FocalTerm : IVoxelTerm
{
    public static bool HasLogLoss => true;

    public static bool HasUniformLogLoss => false;

    public static bool HasFocalLoss => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Factor<TLanes, TVector, T>(TVector byLogLoss, TVector byFocalLoss, TVector p, TVector q, T gamma)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TLanes.MultiplyAdd(byFocalLoss, Focus.OfGradient<TLanes, TVector, T>(p, q, gamma), byLogLoss);
}
