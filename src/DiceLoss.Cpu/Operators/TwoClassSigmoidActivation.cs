using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_0 = sigmoid(-x), p_1 = sigmoid(x): two classes from one channel, the softmax over (0, x).</summary>
internal readonly unsafe struct TwoClassSigmoidActivation : IActivation
{
    public static bool ClassesCompete => true;

    public static bool HasScales => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Activate<TLanes, TVector, T, TElement, TTarget, TTerm>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride, T* scales, in TermVoxels<T> term)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        Prefetch.Run(logits + (Prefetch.Distance(channels, channelStride, sizeof(T)) * TElement.Size), TLanes.Count * TElement.Size, channels);
        TVector x = TElement.Load<TLanes, TVector>(logits);
        Logistic.AsSoftmax<TLanes, TVector, T>(x, out TVector foreground, out TVector background, out TVector sum);
        TLanes.Store(rows, background);
        TLanes.Store(rows + rowStride, foreground);
        if (!TTerm.HasLogLoss) return;

        // How far 0 and x are below the larger of them.
        TVector ofBackground = TLanes.MaxOrRight(TLanes.Zero, x), ofForeground = TLanes.Subtract(ofBackground, x);
        TLanes.Store(term.Sums, sum);
        if (!TTarget.IsMap) TLanes.Store(term.OwnDistances, TLanes.WhereEqual(TLanes.Load(term.Labels), TLanes.One, ofForeground, ofBackground));
        if (!TTerm.HasUniformLogLoss && !TTarget.IsMap) return;
        TLanes.Store(term.Distances, ofBackground);
        TLanes.Store(term.Distances + rowStride, ofForeground);
    }

    // g = (u_1 - u_0) p_1 p_0
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent, TTarget, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        Prefetch.Run(voxels.Logits + (Prefetch.Distance(1, voxels.ChannelStride, sizeof(T)) * TElement.Size), TLanes.Count * TElement.Size, 1);
        TVector x = TElement.Load<TLanes, TVector>(voxels.Logits);
        Logistic.AsSoftmax<TLanes, TVector, T>(x, out TVector foreground, out TVector background, out _);
        TLanes.Store(voxels.Rows, background);
        TLanes.Store(voxels.Rows + voxels.RowStride, foreground);
        TVector label = TLanes.Load(voxels.Labels), index = TLanes.Zero, difference = TLanes.Zero;

        // A loop, for the compiler: written out, maps would pass its limit of locals, and what comes last would not be inlined.
        for (int k = 0; k < 2; k++, index = TLanes.One)
        {
            TVector p = TLanes.Load(voxels.Rows + (k * voxels.RowStride));
            difference = TLanes.Subtract(voxels.ByProbability<TLanes, TVector, TExponent, TTarget>(k, index, label, p), difference);
        }

        TVector g = TLanes.Multiply(TLanes.Multiply(difference, foreground), background);
        if (TTerm.HasLogLoss)
        {
            TLanes.Store(voxels.Rows + (2 * voxels.RowStride), g);
            return;
        }

        voxels.Write<TLanes, TVector, TElement>(voxels.Gradient, voxels.Rows, GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, g));
        voxels.WriteRows<TLanes, TVector, TElement>(1);
    }

    public static bool AddsTermApart<TTarget, TTerm>()
        where TTarget : ITarget
        where TTerm : IVoxelTerm => TTerm.HasLogLoss;

    // h_0 p_1 - h_1 p_0, with h_k = t_k (C_k + F_k phi_k) + D_k.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTerm<TLanes, TVector, T, TTarget, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        TVector background = TLanes.Load(voxels.Rows), foreground = TLanes.Load(voxels.Rows + voxels.RowStride);
        TVector g = TLanes.Load(voxels.Rows + (2 * voxels.RowStride)), label = TLanes.Load(voxels.Labels);
        g = TLanes.MultiplyAdd(TermOfClass<TLanes, TVector, T, TTarget, TTerm>(voxels, 0, TLanes.Zero, label, background, foreground), foreground, g);
        TVector downwards = TermOfClass<TLanes, TVector, T, TTarget, TTerm>(voxels, 1, TLanes.One, label, foreground, background);
        g = TLanes.Subtract(g, TLanes.Multiply(downwards, background));
        TLanes.Store(voxels.Rows, GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, g));
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
