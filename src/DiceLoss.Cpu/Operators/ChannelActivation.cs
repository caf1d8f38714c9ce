using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_k = f(x_k): each channel on its own, without voxel terms.</summary>
internal readonly unsafe struct ChannelActivation<TFunction> : IActivation
    where TFunction : IChannelFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Activate<TLanes, TVector, T, TElement, TTerm>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride, T* scales, in TermVoxels<T> term)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TTerm : IVoxelTerm
    {
        for (int k = 0; k < channels; k++, logits += channelStride, rows += rowStride)
        {
            TLanes.Store(rows, TFunction.Probability<TLanes, TVector, T>(TElement.Load<TLanes, TVector>(logits)));
        }

        TLanes.Store(scales, TLanes.One);
    }

    // g_k = u_k dp_k/dx_k
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
        where TTerm : IVoxelTerm
    {
        TVector label = TLanes.Load(voxels.Labels);
        T index = T.Zero;
        byte* logits = voxels.Logits, gradient = voxels.Gradient;
        T* row = voxels.Rows;
        for (int k = 0; k < voxels.Classes; k++, index += T.One, logits += voxels.ChannelStride, gradient += voxels.GradientStride, row += TLanes.Count)
        {
            TVector p = TFunction.Probability<TLanes, TVector, T>(TElement.Load<TLanes, TVector>(logits), out TVector slope);
            TVector u = voxels.ByProbability<TLanes, TVector, TExponent>(k, TLanes.Broadcast(index), label, p);
            TVector g = GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, TLanes.Multiply(u, slope));
            voxels.Write<TLanes, TVector, TElement>(gradient, row, g);
        }

        voxels.WriteRows<TLanes, TVector, TElement>(voxels.Classes);
    }
}
