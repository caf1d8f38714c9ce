namespace DiceLoss;

/// <summary>
/// Cross-entropy beside the overlap, from the same two passes: as PyTorch's <c>cross_entropy</c> and, for one channel,
/// <c>binary_cross_entropy_with_logits</c>. Immutable.
/// </summary>
/// <remarks>
/// Over the voxels v that count, with labels y: sum_v w[y_v] (-log p[y_v]) / sum_v w[y_v]. With label smoothing e the numerator is
/// (1 - e) times that, plus e/K sum_v sum_k w_k (-log p_k). The voxels are those of the batch; of each sample apart for
/// <see cref="DiceReduction.None"/>. For <see cref="DiceReduction.Sum"/> nothing is divided. Without voxels that count it is 0. It knows
/// nothing of ignored channels and included classes: they are the overlap's.
/// </remarks>
public sealed record CrossEntropy
{
    /// <summary>What it counts in the loss, beside <see cref="DiceOptions.OverlapWeight"/>; finite and not negative. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double Weight
    {
        get;
        init => field = double.IsFinite(value) && value >= 0 ? value : throw new ArgumentOutOfRangeException(
            nameof(Weight), value, FormattableString.Invariant($"{nameof(Weight)} is {value}; it is finite and not negative."));
    } = 1;

    /// <summary>One weight per class; <see langword="null"/>, the default, for 1 each.</summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>The share of the probability that is spread over all classes, from 0, the default, to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something else.</exception>
    public double LabelSmoothing
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(
            nameof(LabelSmoothing), value, FormattableString.Invariant($"{nameof(LabelSmoothing)} is {value}; it is from 0 to 1."));
    }

    /// <summary>
    /// For one channel: the weight of the foreground, finite and not negative; that of the background is 1, and the sum is divided by the
    /// number of voxels. <see langword="null"/>, the default, for <see cref="ClassWeights"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double? PositiveWeight
    {
        get;
        init => field = value is null or (>= 0 and < double.PositiveInfinity) ? value : throw new ArgumentOutOfRangeException(
            nameof(PositiveWeight), value, FormattableString.Invariant($"{nameof(PositiveWeight)} is {value}; it is finite and not negative."));
    }

    /// <summary>The term that kernels add up for it.</summary>
    internal VoxelTerm Term => LabelSmoothing > 0 ? VoxelTerm.SmoothedCrossEntropy : VoxelTerm.CrossEntropy;
}
