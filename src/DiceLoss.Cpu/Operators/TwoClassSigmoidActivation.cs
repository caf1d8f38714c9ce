using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_0 = sigmoid(-x), p_1 = sigmoid(x): two classes from one channel, the softmax over (0, x).</summary>
internal readonly unsafe struct TwoClassSigmoidActivation : IActivation
{
    public static bool ClassesCompete => true;

    public static bool HasScales => false;

    public static bool HasVoxelTerms => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Activate<TLanes, TVector, T, TElement, TTarget, TTerm>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride, T* scales, in TermVoxels<T> term)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        Prefetch.Run(logits + (Prefetch.Distance(1, channelStride, sizeof(T)) * TElement.Size), TLanes.Count * TElement.Size, 1);
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
        TVector label = TLanes.Load(voxels.Labels);
        TVector g = TwoClasses.Gradient<TLanes, TVector, T, TExponent, TTarget>(voxels, label, background, foreground);
        if (typeof(TTerm) != typeof(NoTerm))
        {
            TLanes.Store(voxels.Rows + (2 * voxels.RowStride), g);
            return;
        }

        if (!voxels.AllCount) g = GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, g);
        voxels.Write<TLanes, TVector, TElement>(voxels.Gradient, voxels.Rows, g);
        voxels.WriteRows<TLanes, TVector, TElement>(1);
    }

    public static bool AddsTermApart<TTarget, TTerm>()
        where TTarget : ITarget
        where TTerm : IVoxelTerm => TTerm.HasLogLoss;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTerm<TLanes, TVector, T, TTarget, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        TVector background = TLanes.Load(voxels.Rows), foreground = TLanes.Load(voxels.Rows + voxels.RowStride);
        TVector g = TLanes.Load(voxels.Rows + (2 * voxels.RowStride)), label = TLanes.Load(voxels.Labels);
        g = TwoClasses.AddTerm<TLanes, TVector, T, TTarget, TTerm>(g, voxels, label, background, foreground);
        TLanes.Store(voxels.Rows, GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, g));
    }
}
