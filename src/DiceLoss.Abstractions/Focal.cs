using DiceLoss.Checks;

namespace DiceLoss;

/// <summary>
/// The focal loss, added to the overlap loss and computed in the same two passes: cross-entropy that discounts voxels that are already right. Immutable.
/// </summary>
/// <remarks>
/// Per element, with target t: t a (1 - p)^gamma (-log p), and where classes do not compete (<see cref="Activation.Sigmoid"/>) also
/// (1 - t) b p^gamma (-log(1 - p)). Without <see cref="Alpha"/>, a = b = 1; with it, a = alpha and b = 1 - alpha, but where classes compete
/// a = 1 - alpha for class 0 and alpha for the others. T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollar, "Focal loss for dense object detection",
/// ICCV 2017. The mean is over the whole batch; for <see cref="DiceReduction.None"/>, over each sample separately; for
/// <see cref="DiceReduction.Sum"/> nothing is divided. The overlap's ignored channel and included classes have no effect here.
/// </remarks>
public sealed record Focal
{
    /// <summary>The factor of the focal loss in the total, next to <see cref="DiceOptions.OverlapWeight"/>; finite and not negative. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double Weight { get; init => field = OptionValues.NotNegative(value); } = 1;

    /// <summary>
    /// The exponent gamma, from 0 to 10^30, so that it fits the type in which logits of any type are computed. Default 2; with 0 it is cross-entropy,
    /// divided as <see cref="Average"/> says.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to any other value.</exception>
    public double Gamma { get; init => field = OptionValues.UpTo(1e30, value); } = 2;

    /// <summary>The balance of foreground and background, from 0 to 1; <see langword="null"/>, the default, for none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to any other value.</exception>
    public double? Alpha { get; init => field = OptionValues.Share(value); }

    /// <summary>One weight per class; <see langword="null"/>, the default, for 1 each.</summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>The classes that have a focal loss; <see langword="null"/>, the default, for all.</summary>
    public ClassSet? IncludedClasses { get; init; }

    /// <summary>What the sum is divided by. Default <see cref="FocalAverage.Elements"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public FocalAverage Average { get; init => field = OptionValues.Member(value); } = FocalAverage.Elements;
}
