using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_k = x_k: the channels already hold probabilities.</summary>
internal readonly unsafe struct NoActivation : IActivation
{
    public static int RowsPerClass => 1;

    public static TVector Activate<TLanes, TVector, T, TElement>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
    {
        for (int k = 0; k < channels; k++, logits += channelStride, rows += rowStride)
        {
            TLanes.Store(rows, TElement.Load<TLanes, TVector>(logits));
        }

        return TLanes.One;
    }

    // g_k = u_k
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent>(in ActivatedVoxels<TVector, T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
    {
        for (int k = 0; k < voxels.Classes; k++)
        {
            voxels.Write<TLanes, TElement>(k, voxels.ByProbability<TLanes, TExponent>(k, voxels.Probability<TLanes>(k)));
        }
    }
}
