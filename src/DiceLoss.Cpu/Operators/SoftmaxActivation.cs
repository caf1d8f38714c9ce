using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_k = exp(x_k - max) / sum_j exp(x_j - max).</summary>
internal readonly unsafe struct SoftmaxActivation : IActivation
{
    // Reads the logits once, into the rows, however they are stored; all else happens there.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Activate<TLanes, TVector, T, TElement>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride, T* scales)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
    {
        TVector largest = TLanes.Broadcast(T.NegativeInfinity);
        byte* ahead = logits + (LanePattern.Column * LanePattern.Lanes(sizeof(T)) * TElement.Size);
        T* row = rows;
        for (int k = 0; k < channels; k++, logits += channelStride, row += rowStride)
        {
            TVector x = TElement.Load<TLanes, TVector>(logits);
            TLanes.Store(row, x);
            largest = TLanes.MaxOrRight(largest, x);
        }

        TVector sum = TLanes.Zero;
        row = rows;
        for (int k = 0; k < channels; k++, row += rowStride, ahead += channelStride)
        {
            Prefetch.Run(ahead, TLanes.Count * TElement.Size);
            TVector power = Exponential.OfNegated<TLanes, TVector, T>(TLanes.Subtract(largest, TLanes.Load(row)));
            TLanes.Store(row, power);
            sum = TLanes.Add(sum, power);
        }

        TLanes.Store(scales, TLanes.Divide(TLanes.One, sum));
    }

    // g_k = p_k (v_k - sum_j p_j v_j), with v_k = u_k - u of the most probable class if that is at least as probable as all others
    // together: without that shift the sum cancels where one class is nearly certain, with it, where none is. The rows hold exactly 1
    // for the most probable class (for one of them, should there be several), so its probability is the scale. u_k is computed anew
    // wherever it is needed: for many classes, more rows would not fit into the first-level cache.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
    {
        int classes = voxels.Classes, rowStride = TLanes.Count;
        T* powers = voxels.Rows;
        T* derivatives = powers + ((nint)classes * rowStride);
        Activate<TLanes, TVector, T, TElement>(voxels.Logits, voxels.ChannelStride, classes, powers, rowStride, voxels.Scales);

        TVector scale = TLanes.Load(voxels.Scales), label = TLanes.Load(voxels.Labels);
        TVector shift = TLanes.Zero;
        T index = T.Zero;
        T* e = powers, u = derivatives;
        for (int k = 0; k < classes; k++, index += T.One, e += rowStride, u += rowStride)
        {
            TVector power = TLanes.Load(e);
            TVector derivative = voxels.ByProbability<TLanes, TVector, TExponent>(
                k, TLanes.Broadcast(index), label, TLanes.Multiply(power, scale));
            TLanes.Store(u, derivative);
            shift = TLanes.WhereEqual(power, TLanes.One, derivative, shift);
        }

        shift = TLanes.WhereNotGreater(TLanes.One, TLanes.Add(scale, scale), shift);
        TVector mean = TLanes.Zero;
        e = powers;
        u = derivatives;
        for (int k = 0; k < classes; k++, e += rowStride, u += rowStride)
        {
            mean = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(u), shift), TLanes.Load(e), mean);
        }

        // -p_k mean = e_k * rest
        TVector rest = TLanes.Subtract(TLanes.Zero, TLanes.Multiply(TLanes.Multiply(mean, scale), scale));
        byte* gradient = voxels.Gradient;
        nint gradientStride = voxels.GradientStride;
        e = powers;
        u = derivatives;
        for (int k = 0; k < classes; k++, e += rowStride, u += rowStride, gradient += gradientStride)
        {
            TVector g = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(u), shift), scale, rest);
            g = GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, TLanes.Multiply(TLanes.Load(e), g));
            voxels.Write<TLanes, TVector, TElement>(gradient, e, g);
        }

        voxels.WriteRows<TLanes, TVector, TElement>(classes);
    }
}
