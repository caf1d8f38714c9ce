namespace DiceLoss;

/// <summary>What logits are compared with: labels or maps, and what of them counts. It owns nothing, like <see cref="TensorDescriptor"/>.</summary>
public readonly ref struct DiceTargets
{
    /// <summary>Describes targets of which every voxel and class counts.</summary>
    /// <param name="values">Labels (N, *spatial), or maps (N, C, *spatial); see <see cref="TargetKind"/>. On the logits' device.</param>
    public DiceTargets(TensorDescriptor values) => Values = values;

    /// <summary>
    /// Labels (N, *spatial), integers; or maps (N, C, *spatial), masks of 0 and 1 (integers) or soft targets from 0 to 1 (floating point).
    /// </summary>
    public TensorDescriptor Values { get; }

    /// <summary>
    /// A weight per voxel, finite in the type of the loss and not negative, floating point of any kind: (N, *spatial), or (1, *spatial) for all samples alike.
    /// Every sum counts a voxel by its weight; one with weight 0 counts nowhere and gets gradient exactly 0. <see langword="default"/>
    /// for 1 each.
    /// </summary>
    public TensorDescriptor VoxelWeights { get; init; }

    /// <summary>
    /// For partially annotated data: whether sample n tells anything about class k, (N, K), row-major; empty for all. What is not
    /// annotated has no loss, no gradient, and does not count in averages over classes (a sample with none at all has loss 0, and counts); but
    /// NaN among its logits is NaN in both, as in any class.
    /// </summary>
    public ReadOnlySpan<bool> Annotated { get; init; }

    /// <summary>Targets of which every voxel and class counts.</summary>
    /// <param name="values">Labels or maps.</param>
    public static implicit operator DiceTargets(TensorDescriptor values) => new(values);
}
