using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_k = sigmoid(x_k), each channel on its own.</summary>
internal readonly unsafe struct SigmoidActivation : IActivation
{
    /// <summary>The second half of the rows holds 1 - p.</summary>
    public static int RowsPerClass => 2;

    public static TVector Activate<TLanes, TVector, T, TElement>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
    {
        T* complements = rows + ((nint)channels * rowStride);
        for (int k = 0; k < channels; k++, logits += channelStride, rows += rowStride, complements += rowStride)
        {
            Logistic.Both<TLanes, TVector, T>(TElement.Load<TLanes, TVector>(logits), out TVector p, out TVector complement);
            TLanes.Store(rows, p);
            TLanes.Store(complements, complement);
        }

        return TLanes.One;
    }

    // g_k = u_k p_k (1 - p_k)
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent>(in ActivatedVoxels<TVector, T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
    {
        for (int k = 0; k < voxels.Classes; k++)
        {
            TVector p = voxels.Probability<TLanes>(k);
            TVector complement = voxels.Probability<TLanes>(voxels.Classes + k);
            TVector u = voxels.ByProbability<TLanes, TExponent>(k, p);
            voxels.Write<TLanes, TElement>(k, TLanes.Multiply(TLanes.Multiply(u, p), complement));
        }
    }
}
