using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_0 = sigmoid(-x), p_1 = sigmoid(x): two classes from one channel, the softmax over (0, x).</summary>
internal readonly unsafe struct TwoClassSigmoidActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Activate<TLanes, TVector, T, TElement>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride, T* scales)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
    {
        Logistic.AsSoftmax<TLanes, TVector, T>(TElement.Load<TLanes, TVector>(logits), out TVector foreground, out TVector background);
        TLanes.Store(rows, background);
        TLanes.Store(rows + rowStride, foreground);
        TLanes.Store(scales, TLanes.One);
    }

    // g = (u_1 - u_0) p_1 p_0
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
    {
        Logistic.AsSoftmax<TLanes, TVector, T>(TElement.Load<TLanes, TVector>(voxels.Logits), out TVector foreground, out TVector background);
        TVector label = TLanes.Load(voxels.Labels);
        TVector difference = TLanes.Subtract(
            voxels.ByProbability<TLanes, TVector, TExponent>(1, TLanes.One, label, foreground),
            voxels.ByProbability<TLanes, TVector, TExponent>(0, TLanes.Zero, label, background));
        TVector g = TLanes.Multiply(TLanes.Multiply(difference, foreground), background);
        g = GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, g);
        voxels.Write<TLanes, TVector, TElement>(voxels.Gradient, voxels.Rows, g);
        voxels.WriteRows<TLanes, TVector, TElement>(1);
    }
}
