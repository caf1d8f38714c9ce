using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_k = exp(x_k - max) / sum_j exp(x_j - max).</summary>
internal readonly unsafe struct SoftmaxActivation : IActivation
{
    public static int RowsPerClass => 1;

    public static TVector Activate<TLanes, TVector, T, TElement>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
    {
        TVector largest = TElement.Load<TLanes, TVector>(logits);
        byte* x = logits + channelStride;
        for (int k = 1; k < channels; k++, x += channelStride)
        {
            largest = TLanes.MaxOrRight(largest, TElement.Load<TLanes, TVector>(x));
        }

        TVector sum = TLanes.Zero;
        x = logits;
        for (int k = 0; k < channels; k++, x += channelStride, rows += rowStride)
        {
            TVector power = Exponential.OfNegative<TLanes, TVector, T>(TLanes.Subtract(TElement.Load<TLanes, TVector>(x), largest));
            TLanes.Store(rows, power);
            sum = TLanes.Add(sum, power);
        }

        return TLanes.Divide(TLanes.One, sum);
    }

    // g_k = p_k (v_k - sum_j p_j v_j), with v_k = u_k - u of the most probable class if that is at least as probable as all others
    // together: without that shift the sum cancels where one class is nearly certain, with it, where none is. The rows hold exactly 1
    // for the most probable class (for one of them, should there be several), so its probability is the scale.
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent>(in ActivatedVoxels<TVector, T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
    {
        TVector shift = TLanes.Zero;
        for (int k = 0; k < voxels.Classes; k++)
        {
            TVector isLargest = TLanes.Equal(TLanes.Load(voxels.Rows + ((nint)k * voxels.RowStride)), TLanes.One);
            shift = TLanes.Select(isLargest, voxels.ByProbability<TLanes, TExponent>(k, voxels.Scale), shift);
        }

        TVector isProbable = TLanes.GreaterOrEqual(TLanes.Add(voxels.Scale, voxels.Scale), TLanes.One);
        shift = TLanes.Select(isProbable, shift, TLanes.Zero);

        TVector mean = TLanes.Zero;
        for (int k = 0; k < voxels.Classes; k++)
        {
            TVector p = voxels.Probability<TLanes>(k);
            mean = TLanes.MultiplyAdd(p, TLanes.Subtract(voxels.ByProbability<TLanes, TExponent>(k, p), shift), mean);
        }

        for (int k = 0; k < voxels.Classes; k++)
        {
            TVector p = voxels.Probability<TLanes>(k);
            TVector v = TLanes.Subtract(voxels.ByProbability<TLanes, TExponent>(k, p), shift);
            voxels.Write<TLanes, TElement>(k, TLanes.Multiply(p, TLanes.Subtract(v, mean)));
        }
    }
}
