using DiceLoss.Checks;

namespace DiceLoss;

/// <summary>The definition of the loss. Immutable; every value is checked when it is set, and against the tensors when it is used.</summary>
/// <remarks>
/// Per sample n and class k, over the voxels that count, with probability p, target t and voxel weight w: I = sum w p t, P = sum w p^e, T = sum w t (for
/// soft targets sum w t^e). The overlap turns these into a score S, by default the Dice score (2I + smooth) / (P + T + smooth); the form turns S into a
/// loss, by default 1 - S. docs/losses.md lists what can be combined, docs/math.md derives the gradient.
/// </remarks>
public sealed record DiceOptions
{
    /// <summary>The default options.</summary>
    public static DiceOptions Default { get; } = new();

    /// <summary>How logits become probabilities. Default <see cref="Activation.Auto"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public Activation Activation { get; init => field = OptionValues.Member(value); } = Activation.Auto;

    /// <summary>How prediction and labels are compared. Default <see cref="Overlap.Dice"/>.</summary>
    /// <exception cref="ArgumentNullException">Set to <see langword="null"/>.</exception>
    public Overlap Overlap { get; init => field = value ?? throw new ArgumentNullException(nameof(Overlap)); } = Overlap.Dice;

    /// <summary>
    /// The factor of the overlap loss in the total, next to <see cref="CrossEntropy"/> and <see cref="Focal"/>; finite and not negative. With 0 the overlap adds
    /// nothing, even where its loss is infinite. Default 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double OverlapWeight { get; init => field = OptionValues.NotNegative(value); } = 1;

    /// <summary>Cross-entropy, to be added to the overlap loss; <see langword="null"/>, the default, for none. Not for <see cref="Activation.None"/>.</summary>
    public CrossEntropy? CrossEntropy { get; init; }

    /// <summary>The focal loss, to be added to the overlap loss; <see langword="null"/>, the default, for none. Not for <see cref="Activation.None"/>.</summary>
    public Focal? Focal { get; init; }

    /// <summary>How a score becomes a loss. Default <see cref="LossForm.Complement"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public LossForm Form { get; init => field = OptionValues.Member(value); } = LossForm.Complement;

    /// <summary>The exponent of the focal form max(1 - S, 0)^gamma of each class: positive and finite. Default 1. Only for <see cref="LossForm.Complement"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to 0 or less, an infinity or NaN.</exception>
    public double Gamma { get; init => field = OptionValues.Positive(value); } = 1;

    /// <summary>One <see cref="Gamma"/> per class; <see langword="null"/>, the default, for the same in all classes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One of them is 0.</exception>
    public ClassWeights? ClassGammas
    {
        get;
        init => field = value is null || !value.Contains(0) ? value : throw new ArgumentOutOfRangeException(
            nameof(ClassGammas), value, $"{nameof(ClassGammas)} are {value}; every one is positive.");
    }

    /// <summary>
    /// The least score whose logarithm is taken; a score that is not greater has the loss of this one, and no gradient. Default 0: without smoothing, a class
    /// of which nothing is found then has an infinite loss, and so has a class without voxels, unless <see cref="AbsentClasses"/> says otherwise. No effect on
    /// forms other than <see cref="LossForm.NegativeLogarithm"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double MinScore { get; init => field = OptionValues.NotNegative(value); }

    /// <summary>How probabilities and soft targets are combined in the intersection. Default <see cref="IntersectionForm.Product"/>; no effect for labels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public IntersectionForm Intersection { get; init => field = OptionValues.Member(value); } = IntersectionForm.Product;

    /// <summary>The exponent e of the prediction mass P = sum p^e, and for soft targets of T = sum t^e; 1 or more. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to 0 or less.</exception>
    public int Exponent
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(
            nameof(Exponent), value, $"{nameof(Exponent)} is {value}; an exponent is an integer of 1 or more.");
    } = 1;

    /// <summary>Added to numerator and denominator, unless one of them has its own value; finite and not negative. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double Smooth { get; init => field = OptionValues.NotNegative(value); }

    /// <summary>Added to the numerator instead of <see cref="Smooth"/>; <see langword="null"/>, the default, for <c>Smooth</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double? SmoothNumerator { get; init => field = OptionValues.NotNegative(value); }

    /// <summary>Added to the denominator instead of <see cref="Smooth"/>; <see langword="null"/>, the default, for <c>Smooth</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double? SmoothDenominator { get; init => field = OptionValues.NotNegative(value); }

    /// <summary>
    /// The least denominator of a score; a smaller one, with <see cref="SmoothDenominator"/> added, is replaced by this value and has no derivative.
    /// Default 0: no bound. Like <see cref="SmoothDenominator"/>, it has no effect on <see cref="Overlap.Matthews"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, an infinity or NaN.</exception>
    public double MinDenominator { get; init => field = OptionValues.NotNegative(value); }

    /// <summary>
    /// The label of voxels that count nowhere and get gradient exactly 0. It may be one of the classes; a value that no label has switches
    /// it off. As a value in a map it leaves out the voxel for that class or, where classes compete, for all classes. Default -1.
    /// </summary>
    public long IgnoreLabel { get; init; } = -1;

    /// <summary>
    /// The class whose loss is left out. Its logit still competes in the softmax and still receives the gradient of the other classes. A
    /// number that is not a class has no effect. Default -1.
    /// </summary>
    public int IgnoreChannel { get; init; } = -1;

    /// <summary>
    /// The classes that have a loss, except <see cref="IgnoreChannel"/>; <see langword="null"/>, the default, for all. The others are treated like an ignored channel.
    /// </summary>
    public ClassSet? IncludedClasses { get; init; }

    /// <summary>
    /// The loss of classes that have no voxel; with <see cref="ClassPooling"/>, of a pool in which no class has one. Default <see cref="AbsentClasses.AsDefined"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public AbsentClasses AbsentClasses { get; init => field = OptionValues.Member(value); } = AbsentClasses.AsDefined;

    /// <summary>Whether each class has its own score, or all share one. Default <see cref="ClassPooling.None"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public ClassPooling ClassPooling { get; init => field = OptionValues.Member(value); } = ClassPooling.None;

    /// <summary>
    /// One weight per class: the loss of a sample is then sum_k w_k L[n,k], not divided by the sum of the weights.
    /// <see langword="null"/>, the default: the average of the class losses. With <see cref="ClassPooling"/>, each multiplies the weight of
    /// its class in the pool.
    /// </summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>Whether the weighted sum is divided by the sum of the weights. Default <see cref="ClassWeighting.Raw"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public ClassWeighting ClassWeighting { get; init => field = OptionValues.Member(value); } = ClassWeighting.Raw;

    /// <summary>What the class losses are averaged over. Default <see cref="ClassAverage.All"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public ClassAverage ClassAverage { get; init => field = OptionValues.Member(value); } = ClassAverage.All;

    /// <summary>How the losses of the samples become the result. Default <see cref="DiceReduction.Mean"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public DiceReduction Reduction { get; init => field = OptionValues.Member(value); } = DiceReduction.Mean;

    /// <summary>How metrics are counted in the same pass, for <see cref="DiceResult.Metrics"/>. Default <see cref="HardPrediction.None"/>: not at all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to something that is not a member of the enumeration.</exception>
    public HardPrediction HardPrediction { get; init => field = OptionValues.Member(value); } = HardPrediction.None;

    /// <summary>The term that kernels add up for cross-entropy and focal loss.</summary>
    internal VoxelTerm VoxelTerm => Focal is not null ? VoxelTerm.Focal
        : CrossEntropy is null ? VoxelTerm.None
        : CrossEntropy.LabelSmoothing > 0 ? VoxelTerm.SmoothedCrossEntropy : VoxelTerm.CrossEntropy;

    /// <summary>K: how many classes the logits have, by the number of their channels.</summary>
    internal long ClassesOf(long channels) => channels == 1 && Activation is Activation.Auto or Activation.TwoClassSigmoid ? 2 : channels;

    /// <summary>Whether a class has a loss.</summary>
    internal bool Includes(int k) => k != IgnoreChannel && IncludedClasses?.Contains(k) != false;
}
