using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>
/// What a voxel term adds to the gradient of a softmax, for one register of voxels: p_k sum_j h_j - h_k, with h_k = t_k (C_k + F_k phi_k) + D_k.
/// Where that would cancel, 1 - p_k stands for it: the sum of the other probabilities.
/// </summary>
/// <remarks>
/// Of a label y: p_k h_y for k other than y, and -h_y (1 - p_y); and p_k sum D - D_k. Of maps: p_k (sum h - h_k) - h_k (1 - p_k), with all
/// the h in a third set of rows.
/// </remarks>
internal unsafe struct SoftmaxTerm<TLanes, TVector, T, TTarget, TTerm>
    where TLanes : ILanes<TVector, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TTarget : ITarget
    where TTerm : IVoxelTerm
{
    // The powers (probabilities before their scale) of all classes but one: the label's; for maps, the most probable.
    private TVector _others;

    // Of a label: C and F of its class, its power, and what belongs to its class and to the others in the end.
    private TVector _byLogLoss;
    private TVector _byFocalLoss;
    private TVector _ownPower;
    private TVector _own;
    private TVector _restOfOwn;
    private TVector _restOfOthers;

    // Of maps: sum h.
    private TVector _sum;

    /// <summary>Takes note of a class, all of them in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void See(in GradientVoxels<T> voxels, int k, TVector index, TVector label, TVector power)
    {
        if (k == 0)
        {
            (_others, _byLogLoss, _byFocalLoss, _ownPower) = (TLanes.Zero, TLanes.Zero, TLanes.Zero, TLanes.Zero);
        }

        if (TTarget.IsMap) return;
        _byLogLoss = TLanes.WhereEqual(label, index, TLanes.Broadcast(voxels.ByLogLoss[k]), _byLogLoss);
        _others = TLanes.Add(_others, TLanes.WhereEqual(label, index, TLanes.Zero, power));
        if (!TTerm.HasFocalLoss) return;
        _byFocalLoss = TLanes.WhereEqual(label, index, TLanes.Broadcast(voxels.ByFocalLoss[k]), _byFocalLoss);
        _ownPower = TLanes.WhereEqual(label, index, power, _ownPower);
    }

    /// <summary>Makes of all classes what <see cref="Add"/> needs.</summary>
    /// <param name="voxels">The voxels.</param>
    /// <param name="rest">What the overlap has for every class, by its power.</param>
    /// <param name="scale">From powers to probabilities.</param>
    /// <param name="weight">The voxels' weights.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prepare(in GradientVoxels<T> voxels, TVector rest, TVector scale, TVector weight)
    {
        if (TTarget.IsMap)
        {
            PrepareMaps(voxels, scale, weight);
            return;
        }

        TVector h = _byLogLoss;
        if (TTerm.HasFocalLoss)
        {
            TVector focus = Focus.OfGradient<TLanes, TVector, T>(TLanes.Multiply(_ownPower, scale), TLanes.Multiply(_others, scale), voxels.Gamma);
            h = TLanes.MultiplyAdd(_byFocalLoss, focus, h);
        }

        TVector scaled = TLanes.Multiply(h, scale);
        _own = TLanes.Subtract(TLanes.Zero, TLanes.Multiply(scaled, _others));
        _restOfOwn = TTerm.HasUniformLogLoss ? TLanes.MultiplyAdd(scale, TLanes.Broadcast(voxels.UniformLogLossSum), rest) : rest;
        _restOfOthers = TLanes.Add(_restOfOwn, scaled);
    }

    /// <summary>The gradient of overlap and term by a logit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Add(
        in GradientVoxels<T> voxels, int k, TVector index, TVector label, TVector weight, TVector power, TVector v, TVector scale, TVector rest)
    {
        if (TTarget.IsMap)
        {
            TVector overlap = TLanes.Multiply(power, TLanes.MultiplyAdd(v, scale, rest));
            TVector p = TLanes.Multiply(power, scale), h = TLanes.Load(RowOfH(voxels, k));
            TVector q = Complement(power, p, scale);
            return TLanes.Add(overlap, TLanes.Subtract(TLanes.Multiply(p, TLanes.Subtract(_sum, h)), TLanes.Multiply(h, q)));
        }

        TVector g = TLanes.Multiply(power, TLanes.MultiplyAdd(v, scale, TLanes.WhereEqual(label, index, _restOfOwn, _restOfOthers)));
        g = TLanes.AddWhereEqual(g, label, index, _own);
        return TTerm.HasUniformLogLoss ? TLanes.Subtract(g, TLanes.Broadcast(voxels.ByUniformLogLoss[k])) : g;
    }

    private static T* RowOfH(in GradientVoxels<T> voxels, int k) => voxels.Rows + (((2 * (nint)voxels.Classes) + k) * TLanes.Count);

    private void PrepareMaps(in GradientVoxels<T> voxels, TVector scale, TVector weight)
    {
        // Small powers apart from the largest, 1, of which there may be several.
        TVector ones = TLanes.Subtract(TLanes.Zero, TLanes.One);
        T* e = voxels.Rows;
        for (int k = 0; k < voxels.Classes; k++, e += TLanes.Count)
        {
            TVector power = TLanes.Load(e);
            ones = TLanes.AddWhereEqual(ones, power, TLanes.One, power);
            _others = TLanes.Add(_others, TLanes.WhereEqual(power, TLanes.One, TLanes.Zero, power));
        }

        _others = TLanes.Add(_others, ones);
        _sum = TLanes.Zero;
        e = voxels.Rows;
        for (int k = 0; k < voxels.Classes; k++, e += TLanes.Count)
        {
            TVector power = TLanes.Load(e), p = TLanes.Multiply(power, scale);
            TVector h = voxels.ByOwnLogLoss<TLanes, TVector, TTerm>(voxels.ByLogLoss, voxels.ByFocalLoss, k, p, Complement(power, p, scale));
            h = TLanes.Multiply(voxels.Target<TLanes, TVector>(k), h);
            if (TTerm.HasUniformLogLoss) h = TLanes.Add(h, TLanes.Broadcast(voxels.ByUniformLogLoss[k]));
            h = TLanes.Multiply(weight, h);
            TLanes.Store(RowOfH(voxels, k), h);
            _sum = TLanes.Add(_sum, h);
        }
    }

    // 1 - p: of the most probable class from the others, of the others (at most 1/2) as it stands.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly TVector Complement(TVector power, TVector p, TVector scale) =>
        TLanes.WhereEqual(power, TLanes.One, TLanes.Multiply(_others, scale), TLanes.Subtract(TLanes.One, p));
}
