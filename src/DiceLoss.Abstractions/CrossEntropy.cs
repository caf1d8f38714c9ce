using DiceLoss.Checks;

namespace DiceLoss;

/// <summary>
/// Cross-entropy beside the overlap, from the same two passes: as PyTorch's <c>cross_entropy</c> and, for one channel or classes that do
/// not compete, <c>binary_cross_entropy_with_logits</c>. Immutable.
/// </summary>
/// <remarks>
/// Over the voxels v that count, with labels y: sum_v w[y_v] (-log p[y_v]) / sum_v w[y_v]. With label smoothing e the numerator is
/// (1 - e) times that, plus e/K sum_v sum_k w_k (-log p_k). With maps t the numerator is sum_v sum_k w_k t_k (-log p_k), t smoothed to
/// (1 - e) t + e/K, and the divisor the number of voxels. With <see cref="Activation.Sigmoid"/> it is binary in each class, the mean of
/// w_k (t_k (-log p_k) + (1 - t_k) (-log(1 - p_k))) over voxels and classes. The voxels are those of the batch; of each sample apart for
/// <see cref="DiceReduction.None"/>. For <see cref="DiceReduction.Sum"/> nothing is divided. Without voxels that count it is 0. It knows
/// nothing of ignored channels and included classes: they are the overlap's. Voxel weights weigh every term and every count.
/// </remarks>
public sealed record CrossEntropy
{
    /// <summary>The factor of cross-entropy in the loss, beside <see cref="DiceOptions.OverlapWeight"/>; finite and not negative. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double Weight { get; init => field = OptionValues.NotNegative(value); } = 1;

    /// <summary>One weight per class; <see langword="null"/>, the default, for 1 each.</summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>The share of the probability that is spread over all classes, from 0, the default, to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something else.</exception>
    public double LabelSmoothing { get; init => field = OptionValues.Share(value); }

    /// <summary>
    /// The weight of the foreground in binary cross-entropy, finite and not negative: of class 1 for one channel with two classes, and the
    /// sum is divided by the number of voxels; of t_k for <see cref="Activation.Sigmoid"/>. <see langword="null"/>, the default, for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double? PositiveWeight { get; init => field = OptionValues.NotNegative(value); }
}
