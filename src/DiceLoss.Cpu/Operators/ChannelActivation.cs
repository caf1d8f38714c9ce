using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_k = f(x_k): each channel on its own.</summary>
internal readonly unsafe struct ChannelActivation<TFunction> : IActivation
    where TFunction : IChannelFunction
{
    public static bool ClassesCompete => false;

    public static bool HasScales => false;

    public static bool HasVoxelTerms => TFunction.HasVoxelTerms;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Activate<TLanes, TVector, T, TElement, TTarget, TTerm>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride, T* scales, in TermVoxels<T> term)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        Probabilities<TLanes, TVector, T, TElement, TTerm>(logits, channelStride, channels, rows, rowStride, term);
        if (!TTerm.HasLogLoss) return;
        Logarithms<TLanes, TVector, T>(channels, rowStride, term.Distances);
        LogLosses<TLanes, TVector, T>(channels, rowStride, term);
    }

    // Methods of their own, each with as much to be inlined as the compiler is ready to. For a voxel term the rows of the losses hold what they are made
    // of: logits and sums, then logits and logarithms.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Probabilities<TLanes, TVector, T, TElement, TTerm>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride, in TermVoxels<T> term)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TTerm : IVoxelTerm
    {
        int ahead = Prefetch.Distance(channels, channelStride, sizeof(T)), stagger = Prefetch.Stagger(channels, sizeof(T));
        for (int k = 0; k < channels; k++)
        {
            int channel = ChannelOrder.At(k, channels);
            byte* source = logits + (channel * channelStride);
            nint offset = (nint)channel * rowStride;
            Prefetch.Run(source + ((ahead + ((k & 1) * stagger)) * TElement.Size), TLanes.Count * TElement.Size, channels);
            TVector x = TElement.Load<TLanes, TVector>(source);
            TLanes.Store(rows + offset, TFunction.Probability<TLanes, TVector, T>(x, out TVector sum));
            if (!TTerm.HasLogLoss) continue;
            TLanes.Store(term.Complements + offset, x);
            TLanes.Store(term.Distances + offset, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Logarithms<TLanes, TVector, T>(int channels, int rowStride, T* sums)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int k = 0; k < channels; k++, sums += rowStride) TLanes.Store(sums, Logarithm.OfPositive<TLanes, TVector, T>(TLanes.Load(sums)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LogLosses<TLanes, TVector, T>(int channels, int rowStride, in TermVoxels<T> term)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* losses = term.Distances, complements = term.Complements;
        for (int k = 0; k < channels; k++, losses += rowStride, complements += rowStride)
        {
            TLanes.Store(losses, TFunction.LogLosses<TLanes, TVector, T>(TLanes.Load(complements), TLanes.Load(losses), out TVector complementLogLoss));
            TLanes.Store(complements, complementLogLoss);
        }
    }

    // g_k = u_k dp_k/dx_k
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent, TTarget, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        TVector label = TLanes.Load(voxels.Labels);
        nint set = (nint)voxels.Classes * voxels.RowStride;
        int ahead = Prefetch.Distance(voxels.Classes, voxels.ChannelStride, sizeof(T)), stagger = Prefetch.Stagger(voxels.Classes, sizeof(T));
        for (int i = 0; i < voxels.Classes; i++)
        {
            int k = ChannelOrder.At(i, voxels.Classes);
            byte* source = voxels.Logits + (k * voxels.ChannelStride), gradient = voxels.Gradient + (k * voxels.GradientStride);
            T* row = voxels.Rows + ((nint)k * voxels.RowStride);
            Prefetch.Run(source + ((ahead + ((i & 1) * stagger)) * TElement.Size), TLanes.Count * TElement.Size, voxels.Classes);
            TVector p = TFunction.Probability<TLanes, TVector, T>(TElement.Load<TLanes, TVector>(source), out TVector q, out TVector slope);
            TVector u = voxels.ByProbability<TLanes, TVector, TExponent, TTarget>(k, TLanes.Broadcast(T.CreateTruncating(k)), label, p);
            TVector g = TLanes.Multiply(u, slope);
            if (typeof(TTerm) != typeof(NoTerm))
            {
                TLanes.Store(row, p);
                TLanes.Store(row + set, g);
                TLanes.Store(row + (2 * set), q);
            }
            else
            {
                if (!voxels.AllCount) g = TTarget.WhereCounted<TLanes, TVector, T>(voxels, k, label, g);
                voxels.Write<TLanes, TVector, TElement>(gradient, row, g);
            }
        }

        if (typeof(TTerm) == typeof(NoTerm)) voxels.WriteRows<TLanes, TVector, TElement>(voxels.Classes);
    }

    public static bool AddsTermApart<TTarget, TTerm>()
        where TTarget : ITarget
        where TTerm : IVoxelTerm => TTerm.HasLogLoss;

    // w ((1 - t) h' p - t h q), with q = 1 - p, h = C + F phi(p) and h' = C' + F' phi(q).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTerm<TLanes, TVector, T, TTarget, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        nint set = (nint)voxels.Classes * voxels.RowStride;
        TVector label = TLanes.Load(voxels.Labels), weight = voxels.Weight<TLanes, TVector>(label);
        T* row = voxels.Rows;
        for (int k = 0; k < voxels.Classes; k++, row += voxels.RowStride)
        {
            TVector p = TLanes.Load(row), q = TLanes.Load(row + (2 * set)), t = voxels.Target<TLanes, TVector>(k);
            TVector downwards = voxels.ByOwnLogLoss<TLanes, TVector, TTerm>(voxels.ByLogLoss, voxels.ByFocalLoss, k, p, q);
            TVector upwards = voxels.ByOwnLogLoss<TLanes, TVector, TTerm>(voxels.ByComplementLogLoss, voxels.ByComplementFocalLoss, k, q, p);
            TVector ofTerm = TLanes.Multiply(TLanes.Multiply(TLanes.Subtract(TLanes.One, t), upwards), p);
            ofTerm = TLanes.Subtract(ofTerm, TLanes.Multiply(TLanes.Multiply(t, downwards), q));
            TVector g = TLanes.MultiplyAdd(weight, ofTerm, TLanes.Load(row + set));
            TLanes.Store(row, TTarget.WhereCounted<TLanes, TVector, T>(voxels, k, label, g));
        }
    }
}
