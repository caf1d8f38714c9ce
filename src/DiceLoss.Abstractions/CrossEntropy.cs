using DiceLoss.Checks;

namespace DiceLoss;

/// <summary>
/// Cross-entropy, added to the overlap loss and computed in the same two passes: as PyTorch's <c>cross_entropy</c> and, for one channel or
/// classes that do not compete, <c>binary_cross_entropy_with_logits</c>. Immutable.
/// </summary>
/// <remarks>
/// Over the voxels v that count, with labels y: sum_v w[y_v] (-log p[y_v]) / sum_v w[y_v]. With label smoothing e the numerator is
/// (1 - e) times this one, plus e/K sum_v sum_k w_k (-log p_k). For maps t the numerator is sum_v sum_k w_k t_k (-log p_k), with t
/// smoothed to (1 - e) t + e/K, and the divisor is the number of voxels. With <see cref="Activation.Sigmoid"/> it is the binary cross-entropy of each class,
/// the mean of w_k (t_k (-log p_k) + (1 - t_k) (-log(1 - p_k))) over voxels and classes. The voxels are those of the whole batch; for
/// <see cref="DiceReduction.None"/>, those of each sample separately. For <see cref="DiceReduction.Sum"/> nothing is divided. If no voxel
/// counts, it is 0. Ignored channels and included classes concern the overlap alone; they have no effect here. Voxel weights weigh every
/// term and every count.
/// </remarks>
public sealed record CrossEntropy
{
    /// <summary>The factor of cross-entropy in the total, next to <see cref="DiceOptions.OverlapWeight"/>; finite and not negative. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double Weight { get; init => field = OptionValues.NotNegative(value); } = 1;

    /// <summary>One weight per class; <see langword="null"/>, the default, for 1 each.</summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>The share of the probability that is spread over all classes, from 0, the default, to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to any other value.</exception>
    public double LabelSmoothing { get; init => field = OptionValues.Share(value); }

    /// <summary>
    /// The weight of the foreground in binary cross-entropy, finite and not negative. For one channel with two classes it is the weight of
    /// class 1, and the sum is divided by the number of voxels; for <see cref="Activation.Sigmoid"/> it is the weight of t_k.
    /// <see langword="null"/>, the default, for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double? PositiveWeight { get; init => field = OptionValues.NotNegative(value); }
}
