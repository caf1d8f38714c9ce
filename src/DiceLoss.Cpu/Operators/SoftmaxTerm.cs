using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>
/// What a voxel term adds to the gradient of a softmax: p_k sum_j h_j - h_k, with h_k = t_k (C_k + F_k phi_k) + D_k. Where that would
/// cancel, 1 - p_k is taken from the other probabilities.
/// </summary>
/// <remarks>
/// In the first set of rows are the powers, in the scales what makes probabilities of powers, and where it adds to the gradient, in the second set
/// that so far. A method for each kind of target and term: the compiler stops inlining in a method that grows too large, without a word.
/// </remarks>
internal static unsafe class SoftmaxTerm
{
    /// <summary>Where <see cref="OfLabels"/> leaves its two rows: the third set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Rows<T>(in GradientVoxels<T> voxels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => voxels.Rows + (2 * (nint)voxels.Classes * voxels.RowStride);

    /// <summary>
    /// With label y, without a focal loss, two rows: what the term adds to the derivative by the logit of y, -h_y (1 - p_y); and what the
    /// powers of the other classes are multiplied by, p_k h_y = e_k (h_y scale).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfLabels<TLanes, TVector, T>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int classes = voxels.Classes, rowStride = voxels.RowStride;
        TVector label = TLanes.Load(voxels.Labels), h = TLanes.Zero, ofGroup = TLanes.Zero;
        T index = T.Zero;
        T* e = voxels.Rows, rows = Rows(voxels);
        TLanes.Store(rows, TLanes.Zero);
        for (int k = 0; k < classes; k++, index += T.One, e += rowStride)
        {
            TVector power = TLanes.Load(e), k0 = TLanes.Broadcast(index);
            h = TLanes.WhereEqual(label, k0, TLanes.Broadcast(voxels.ByLogLoss[k]), h);
            ofGroup = TLanes.Add(ofGroup, TLanes.WhereNotEqual(label, k0, power));
            if (!SoftmaxActivation.EndsGroup(k)) continue;
            TLanes.Store(rows, TLanes.Add(TLanes.Load(rows), ofGroup));
            ofGroup = TLanes.Zero;
        }

        TVector ofOthers = TLanes.Multiply(h, TLanes.Load(voxels.Scales));
        TLanes.Store(rows, TLanes.Subtract(TLanes.Zero, TLanes.Multiply(ofOthers, TLanes.Add(TLanes.Load(rows), ofGroup))));
        TLanes.Store(rows + rowStride, ofOthers);
    }

    /// <summary>With label y and a focal loss: p_k h_y for k other than y, and -h_y (1 - p_y).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddFocalOfLabels<TLanes, TVector, T, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTerm : IVoxelTerm
    {
        int classes = voxels.Classes, rowStride = voxels.RowStride;
        TVector scale = TLanes.Load(voxels.Scales), label = TLanes.Load(voxels.Labels);
        TVector byLogLoss = TLanes.Zero, byFocalLoss = TLanes.Zero, ownPower = TLanes.Zero;
        TVector others = TLanes.Zero, ofGroup = TLanes.Zero;
        T index = T.Zero;
        T* e = voxels.Rows;
        for (int k = 0; k < classes; k++, index += T.One, e += rowStride)
        {
            TVector power = TLanes.Load(e), k0 = TLanes.Broadcast(index);
            byLogLoss = TLanes.WhereEqual(label, k0, TLanes.Broadcast(voxels.ByLogLoss[k]), byLogLoss);
            byFocalLoss = TLanes.WhereEqual(label, k0, TLanes.Broadcast(voxels.ByFocalLoss[k]), byFocalLoss);
            ownPower = TLanes.WhereEqual(label, k0, power, ownPower);
            ofGroup = TLanes.Add(ofGroup, TLanes.WhereNotEqual(label, k0, power));
            if (SoftmaxActivation.EndsGroup(k)) (others, ofGroup) = (TLanes.Add(others, ofGroup), TLanes.Zero);
        }

        others = TLanes.Add(others, ofGroup);
        TVector h = TTerm.Factor<TLanes, TVector, T>(byLogLoss, byFocalLoss, TLanes.Multiply(ownPower, scale), TLanes.Multiply(others, scale), voxels.Gamma);
        TVector ofOthers = TLanes.Multiply(h, scale);
        TVector own = TLanes.Subtract(TLanes.Zero, TLanes.Multiply(ofOthers, others));
        index = T.Zero;
        e = voxels.Rows;
        T* g = e + ((nint)classes * rowStride);
        for (int k = 0; k < classes; k++, index += T.One, e += rowStride, g += rowStride)
        {
            TVector sum = TLanes.WhereEqual(label, TLanes.Broadcast(index), own, TLanes.Multiply(TLanes.Load(e), ofOthers));
            TLanes.Store(e, GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, TLanes.Add(TLanes.Load(g), sum)));
        }
    }

    /// <summary>
    /// p_k (sum h - h_k) - h_k (1 - p_k) + p_k sum D - D_k, with the h in the third set of rows. D is apart from h: many small ones beside a large h
    /// would be rounded by it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOfMaps<TLanes, TVector, T, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTerm : IVoxelTerm
    {
        int classes = voxels.Classes, rowStride = voxels.RowStride;
        nint set = (nint)classes * rowStride;
        TVector scale = TLanes.Load(voxels.Scales), label = TLanes.Load(voxels.Labels), weight = voxels.Weight<TLanes, TVector>(label);

        // The powers of all but the most probable class, small ones apart from those that are 1, of which there may be several.
        TVector others = TLanes.Zero, ofGroup = TLanes.Zero, ones = TLanes.Subtract(TLanes.Zero, TLanes.One);
        T* e = voxels.Rows;
        for (int k = 0; k < classes; k++, e += rowStride)
        {
            TVector power = TLanes.Load(e);
            ones = TLanes.AddWhereEqual(ones, power, TLanes.One, power);
            ofGroup = TLanes.Add(ofGroup, TLanes.WhereNotEqual(power, TLanes.One, power));
            if (SoftmaxActivation.EndsGroup(k)) (others, ofGroup) = (TLanes.Add(others, ofGroup), TLanes.Zero);
        }

        // 1 - p of the most probable class; that of the others (p at most 1/2) can be taken as it stands.
        others = TLanes.Add(others, ofGroup);
        TVector restOfLargest = TLanes.Multiply(TLanes.Add(others, ones), scale), total = TLanes.Zero;
        ofGroup = TLanes.Zero;
        e = voxels.Rows;
        for (int k = 0; k < classes; k++, e += rowStride)
        {
            TVector power = TLanes.Load(e), p = TLanes.Multiply(power, scale);
            TVector q = TLanes.WhereEqual(power, TLanes.One, restOfLargest, TLanes.Subtract(TLanes.One, p));
            TVector h = voxels.ByOwnLogLoss<TLanes, TVector, TTerm>(voxels.ByLogLoss, voxels.ByFocalLoss, k, p, q);
            h = TLanes.Multiply(voxels.Target<TLanes, TVector>(k), h);
            h = TLanes.Multiply(weight, h);
            TLanes.Store(e + (2 * set), h);
            ofGroup = TLanes.Add(ofGroup, h);
            if (SoftmaxActivation.EndsGroup(k)) (total, ofGroup) = (TLanes.Add(total, ofGroup), TLanes.Zero);
        }

        total = TLanes.Add(total, ofGroup);

        e = voxels.Rows;
        for (int k = 0; k < classes; k++, e += rowStride)
        {
            TVector power = TLanes.Load(e), p = TLanes.Multiply(power, scale), h = TLanes.Load(e + (2 * set));
            TVector q = TLanes.WhereEqual(power, TLanes.One, restOfLargest, TLanes.Subtract(TLanes.One, p));
            TVector g = TLanes.MultiplyAdd(p, TLanes.Subtract(total, h), TLanes.Load(e + set));
            g = TLanes.Subtract(g, TLanes.Multiply(h, q));
            if (TTerm.HasUniformLogLoss)
            {
                TVector ofUniform = TLanes.Subtract(TLanes.Multiply(p, TLanes.Broadcast(voxels.UniformLogLossSum)), TLanes.Broadcast(voxels.ByUniformLogLoss[k]));
                g = TLanes.MultiplyAdd(weight, ofUniform, g);
            }

            TLanes.Store(e, GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, g));
        }
    }
}
