using DiceLoss.Checks;

namespace DiceLoss;

/// <summary>The focal loss beside the overlap, from the same two passes: cross-entropy that looks away from what is right already. Immutable.</summary>
/// <remarks>
/// Per element, with target t: t a (1 - p)^gamma (-log p), and where classes do not compete (<see cref="Activation.Sigmoid"/>) also
/// (1 - t) b p^gamma (-log(1 - p)). Without <see cref="Alpha"/> a = b = 1; with it a = alpha and b = 1 - alpha, and where classes compete
/// a = 1 - alpha for class 0 and alpha for the others. T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollar, "Focal loss for dense object
/// detection", ICCV 2017. The mean is over the batch; over each sample apart for <see cref="DiceReduction.None"/>; for
/// <see cref="DiceReduction.Sum"/> nothing is divided. It knows nothing of the overlap's ignored channel and included classes.
/// </remarks>
public sealed record Focal
{
    /// <summary>The factor of the focal loss, beside <see cref="DiceOptions.OverlapWeight"/>; finite and not negative. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double Weight { get; init => field = OptionValues.NotNegative(value); } = 1;

    /// <summary>The exponent gamma, from 0 to 10^30: so that logits of any type can be computed in theirs. Default 2; 0 makes it cross-entropy, divided as <see cref="Average"/> says.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something else.</exception>
    public double Gamma { get; init => field = OptionValues.UpTo(1e30, value); } = 2;

    /// <summary>The balance of foreground and background, from 0 to 1; <see langword="null"/>, the default, for none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something else.</exception>
    public double? Alpha { get; init => field = OptionValues.Share(value); }

    /// <summary>One weight per class; <see langword="null"/>, the default, for 1 each.</summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>The classes that have the loss; <see langword="null"/>, the default, for all.</summary>
    public ClassSet? IncludedClasses { get; init; }

    /// <summary>What the sum is divided by. Default <see cref="FocalAverage.Elements"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public FocalAverage Average { get; init => field = OptionValues.Member(value); } = FocalAverage.Elements;
}
