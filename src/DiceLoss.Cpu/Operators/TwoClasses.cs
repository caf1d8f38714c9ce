using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>
/// The gradient of two classes that compete, whether they come from one channel or from two: with p_0 + p_1 = 1 the derivative by the logit of
/// class 1 is a product, in which nothing cancels; that by the logit of class 0 is its negative.
/// </summary>
internal static unsafe class TwoClasses
{
    /// <summary>(u_1 - u_0) p_1 p_0.</summary>
    /// <param name="voxels">The voxels; for maps, their first rows hold p_0 and p_1.</param>
    /// <param name="label">Their labels.</param>
    /// <param name="background">p_0.</param>
    /// <param name="foreground">p_1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Gradient<TLanes, TVector, T, TExponent, TTarget>(in GradientVoxels<T> voxels, TVector label, TVector background, TVector foreground)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TExponent : IExponent
        where TTarget : ITarget
    {
        TVector difference = TLanes.Zero;
        if (typeof(TTarget) != typeof(LabelTarget))
        {
            for (int k = 0; k < 2; k++)
            {
                TVector p = TLanes.Load(voxels.Rows + (k * voxels.RowStride));
                difference = TLanes.Subtract(voxels.ByProbability<TLanes, TVector, TExponent, TTarget>(k, TLanes.Zero, label, p), difference);
            }
        }
        else
        {
            // One of two differences. For an exponent of 1 each is the same number in all lanes.
            TVector u0 = voxels.OfPredictionMass<TLanes, TVector, TExponent>(0, background), u1 = voxels.OfPredictionMass<TLanes, TVector, TExponent>(1, foreground);
            TVector ofBackground = TLanes.Subtract(u1, TLanes.Add(u0, TLanes.Broadcast(voxels.ByIntersection[0])));
            TVector ofForeground = TLanes.Subtract(TLanes.Add(u1, TLanes.Broadcast(voxels.ByIntersection[1])), u0);
            difference = TLanes.WhereEqual(label, TLanes.One, ofForeground, ofBackground);
        }

        return TLanes.Multiply(TLanes.Multiply(difference, foreground), background);
    }

    /// <summary>With a voxel term: adds h_0 p_1 - h_1 p_0, with h_k = t_k (C_k + F_k phi_k) + D_k.</summary>
    /// <param name="g">The gradient without it.</param>
    /// <param name="voxels">The voxels.</param>
    /// <param name="label">Their labels.</param>
    /// <param name="background">p_0.</param>
    /// <param name="foreground">p_1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector AddTerm<TLanes, TVector, T, TTarget, TTerm>(TVector g, in GradientVoxels<T> voxels, TVector label, TVector background, TVector foreground)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        g = TLanes.MultiplyAdd(TermOfClass<TLanes, TVector, T, TTarget, TTerm>(voxels, 0, TLanes.Zero, label, background, foreground), foreground, g);
        TVector downwards = TermOfClass<TLanes, TVector, T, TTarget, TTerm>(voxels, 1, TLanes.One, label, foreground, background);
        return TLanes.Subtract(g, TLanes.Multiply(downwards, background));
    }

    // h_k, times the weight.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector TermOfClass<TLanes, TVector, T, TTarget, TTerm>(
        in GradientVoxels<T> voxels, int k, TVector index, TVector label, TVector p, TVector q)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        TVector h = voxels.ByOwnLogLoss<TLanes, TVector, TTerm>(voxels.ByLogLoss, voxels.ByFocalLoss, k, p, q);
        h = TTarget.IsMap ? TLanes.Multiply(voxels.Target<TLanes, TVector>(k), h) : TLanes.WhereEqual(label, index, h);
        if (TTerm.HasUniformLogLoss) h = TLanes.Add(h, TLanes.Broadcast(voxels.ByUniformLogLoss[k]));
        return TTarget.IsMap ? TLanes.Multiply(voxels.Weight<TLanes, TVector>(label), h) : h;
    }
}
