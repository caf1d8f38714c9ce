namespace DiceLoss;

/// <summary>
/// The outcome of a forward pass: the loss, the sums it was made from, and what the backward pass needs. Immutable except for <see cref="Sums"/>; holds no memory of the
/// tensors' size.
/// </summary>
public sealed class DiceResult
{
    private readonly double[] _losses;

    private readonly bool[] _annotated;

    private readonly DiceMetrics? _metrics;

    internal DiceResult(double[] losses, ElementType lossType, DiceOptions options, DiceSums sums, DiceCoefficients coefficients, bool[] annotated)
    {
        _losses = losses;
        _annotated = annotated;
        LossType = lossType;
        Options = options;
        Sums = sums;
        Coefficients = coefficients;
        _metrics = options.HardPrediction == HardPrediction.None ? null : new DiceMetrics(sums, annotated);
    }

    /// <summary>
    /// The losses: one per sample for <see cref="DiceReduction.None"/>, one per sample and class, row-major, for
    /// <see cref="DiceReduction.PerClass"/>, otherwise a single one. Numbers of <see cref="LossType"/>: for float32 each is already
    /// rounded to it.
    /// </summary>
    public ReadOnlySpan<double> Losses => _losses;

    /// <summary>The scalar loss.</summary>
    /// <exception cref="InvalidOperationException">The losses are not reduced to one; see <see cref="Losses"/>.</exception>
    public double Loss => Options.Reduction is not (DiceReduction.None or DiceReduction.PerClass)
        ? _losses[0]
        : throw new InvalidOperationException($"With {nameof(DiceReduction)}.{Options.Reduction} there are several losses: read {nameof(Losses)}.");

    /// <summary><see cref="ElementType.Float64"/> for float64 logits, otherwise <see cref="ElementType.Float32"/>.</summary>
    public ElementType LossType { get; }

    /// <summary>The options that it was computed with.</summary>
    public DiceOptions Options { get; }

    /// <summary>
    /// The sums per sample and class; in a result of <see cref="Dice.Evaluate"/>, the very object that it was given. Changing them changes nothing else in the result.
    /// </summary>
    public DiceSums Sums { get; }

    /// <summary>Dice and IoU of the hard prediction, from the same sums.</summary>
    /// <exception cref="InvalidOperationException">They were not counted: <see cref="DiceOptions.HardPrediction"/> is <see cref="HardPrediction.None"/>.</exception>
    public DiceMetrics Metrics => _metrics
        ?? throw new InvalidOperationException(
            $"No metrics were counted; set {nameof(DiceOptions)}.{nameof(DiceOptions.HardPrediction)} to {HardPrediction.Argmax} or {HardPrediction.Threshold}.");

    internal DiceCoefficients Coefficients { get; }

    /// <summary>Whether every class of every sample is annotated.</summary>
    internal bool IsAnnotatedThroughout => Array.TrueForAll(_annotated, isAnnotated => isAnnotated);

    /// <summary>Whether every sample has the same coefficients, so that the result belongs to any number of them.</summary>
    internal bool CoefficientsAreShared => Options.Reduction == DiceReduction.Batch && _annotated.Length == 0;
}
