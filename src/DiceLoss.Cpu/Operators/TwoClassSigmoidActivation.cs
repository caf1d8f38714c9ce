using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_0 = sigmoid(-x), p_1 = sigmoid(x): two classes from one channel, the softmax over (0, x).</summary>
internal readonly unsafe struct TwoClassSigmoidActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Activate<TLanes, TVector, T, TElement, TTerm>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride, T* scales, in TermVoxels<T> term)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TTerm : IVoxelTerm
    {
        TVector x = TElement.Load<TLanes, TVector>(logits);
        Logistic.AsSoftmax<TLanes, TVector, T>(x, out TVector foreground, out TVector background, out TVector sum);
        TLanes.Store(rows, background);
        TLanes.Store(rows + rowStride, foreground);
        TLanes.Store(scales, TLanes.One);
        if (!TTerm.HasLogLoss) return;

        // How far 0 and x are below the larger of them.
        TVector ofBackground = TLanes.MaxOrRight(TLanes.Zero, x), ofForeground = TLanes.Subtract(ofBackground, x);
        TLanes.Store(term.Sums, sum);
        TLanes.Store(term.OwnDistances, TLanes.WhereEqual(TLanes.Load(term.Labels), TLanes.One, ofForeground, ofBackground));
        if (!TTerm.HasUniformLogLoss) return;
        TLanes.Store(term.Distances, ofBackground);
        TLanes.Store(term.Distances + rowStride, ofForeground);
    }

    // g = (u_1 - u_0) p_1 p_0, and of the voxel term: C_0 p_1 or -C_1 p_0, and D_0 p_1 - D_1 p_0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
        where TTerm : IVoxelTerm
    {
        TVector x = TElement.Load<TLanes, TVector>(voxels.Logits);
        Logistic.AsSoftmax<TLanes, TVector, T>(x, out TVector foreground, out TVector background, out _);
        TVector label = TLanes.Load(voxels.Labels);
        TVector difference = TLanes.Subtract(
            voxels.ByProbability<TLanes, TVector, TExponent>(1, TLanes.One, label, foreground),
            voxels.ByProbability<TLanes, TVector, TExponent>(0, TLanes.Zero, label, background));
        TVector g = TLanes.Multiply(TLanes.Multiply(difference, foreground), background);
        if (TTerm.HasLogLoss)
        {
            TVector upwards = TLanes.WhereEqual(label, TLanes.Zero, TLanes.Broadcast(voxels.ByLogLoss[0]));
            TVector downwards = TLanes.WhereEqual(label, TLanes.One, TLanes.Broadcast(voxels.ByLogLoss[1]));
            if (TTerm.HasUniformLogLoss)
            {
                upwards = TLanes.Add(upwards, TLanes.Broadcast(voxels.ByUniformLogLoss[0]));
                downwards = TLanes.Add(downwards, TLanes.Broadcast(voxels.ByUniformLogLoss[1]));
            }

            g = TLanes.Add(g, TLanes.Subtract(TLanes.Multiply(upwards, foreground), TLanes.Multiply(downwards, background)));
        }

        g = GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, g);
        voxels.Write<TLanes, TVector, TElement>(voxels.Gradient, voxels.Rows, g);
        voxels.WriteRows<TLanes, TVector, TElement>(1);
    }
}
