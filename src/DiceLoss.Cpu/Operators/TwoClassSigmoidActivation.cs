using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_0 = sigmoid(-x), p_1 = sigmoid(x): two classes from one channel, the softmax over (0, x).</summary>
internal readonly unsafe struct TwoClassSigmoidActivation : IActivation
{
    public static int RowsPerClass => 1;

    public static TVector Activate<TLanes, TVector, T, TElement>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
    {
        Logistic.AsSoftmax<TLanes, TVector, T>(TElement.Load<TLanes, TVector>(logits), out TVector foreground, out TVector background);
        TLanes.Store(rows, background);
        TLanes.Store(rows + rowStride, foreground);
        return TLanes.One;
    }

    // g = (u_1 - u_0) p_1 p_0
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent>(in ActivatedVoxels<TVector, T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
    {
        TVector background = voxels.Probability<TLanes>(0);
        TVector foreground = voxels.Probability<TLanes>(1);
        TVector difference = TLanes.Subtract(
            voxels.ByProbability<TLanes, TExponent>(1, foreground), voxels.ByProbability<TLanes, TExponent>(0, background));
        voxels.Write<TLanes, TElement>(0, TLanes.Multiply(TLanes.Multiply(difference, foreground), background));
    }
}
