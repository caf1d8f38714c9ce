namespace DiceLoss;

/// <summary>What logits are compared with: labels or maps, and which parts of them count. Like <see cref="TensorDescriptor"/>, it owns nothing.</summary>
public readonly ref struct DiceTargets
{
    /// <summary>Describes targets in which every voxel and class counts.</summary>
    /// <param name="values">Labels (N, *spatial), or maps (N, C, *spatial); see <see cref="TargetKind"/>. On the logits' device.</param>
    public DiceTargets(TensorDescriptor values) => Values = values;

    /// <summary>
    /// Labels (N, *spatial), integers; or maps (N, C, *spatial): masks of 0 and 1 (integers) or soft targets from 0 to 1 (floating point).
    /// </summary>
    public TensorDescriptor Values { get; }

    /// <summary>
    /// A weight per voxel, finite in the type of the loss and not negative, floating point of any kind: (N, *spatial), or (1, *spatial) for all samples alike.
    /// Every sum counts a voxel by its weight; a voxel with weight 0 counts nowhere and gets gradient exactly 0. <see langword="default"/> for 1 each.
    /// </summary>
    public TensorDescriptor VoxelWeights { get; init; }

    /// <summary>
    /// For partially annotated data: whether class k is annotated in sample n, (N, K), row-major; empty for all. A class that is not annotated
    /// in a sample has no loss and no gradient there, and does not count in averages over classes (a sample with no annotated class has loss
    /// 0, and counts). But NaN among its logits makes loss and gradient NaN, as in any class.
    /// </summary>
    public ReadOnlySpan<bool> Annotated { get; init; }

    /// <summary>Targets in which every voxel and class counts.</summary>
    /// <param name="values">Labels or maps.</param>
    public static implicit operator DiceTargets(TensorDescriptor values) => new(values);
}
