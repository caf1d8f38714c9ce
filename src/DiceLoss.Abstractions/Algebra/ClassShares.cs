namespace DiceLoss.Algebra;

/// <summary>The factor of each class's loss in the loss of a sample (or of the pooled batch): which classes there are, weights and average.</summary>
internal readonly ref struct ClassShares
{
    private readonly DiceOptions _options;
    private readonly ReadOnlySpan<CompensatedSum> _labelMass;
    private readonly Annotation _annotated;

    /// <summary>Looks at the classes of a group.</summary>
    /// <param name="options">What is computed.</param>
    /// <param name="classes">K.</param>
    /// <param name="labelMass">T per class; empty where nothing depends on it, as for <see cref="AbsentClasses.AsDefined"/>.</param>
    /// <param name="annotated">What the group tells anything about.</param>
    public ClassShares(DiceOptions options, int classes, ReadOnlySpan<CompensatedSum> labelMass, Annotation annotated)
    {
        _options = options;
        _labelMass = labelMass;
        _annotated = annotated;
        Divisor = 1;
        bool averages = options.ClassWeights is null ? options.Reduction != DiceReduction.PerClass : options.ClassWeighting == ClassWeighting.Normalized;
        if (!averages) return;

        Divisor = 0;
        for (int k = 0; k < classes; k++)
        {
            bool counts = (options.ClassAverage == ClassAverage.All || options.Includes(k)) && annotated[k];
            if (counts && !(options.AbsentClasses == AbsentClasses.Excluded && IsAbsent(k))) Divisor += Weight(k);
        }
    }

    /// <summary>What the weighted sum of the losses is divided by; 0 where there are none to average.</summary>
    public double Divisor { get; }

    /// <summary>The factor of a class's loss: its weight over <see cref="Divisor"/>; 0 for a class that is left out.</summary>
    public double this[int k] => IsLeftOut(k) || Divisor == 0 ? 0 : Weight(k) / Divisor;

    /// <summary>The factor of a sample's loss in the result.</summary>
    public static double OfSample(DiceOptions options, long samples) => options.Reduction == DiceReduction.Mean ? 1.0 / samples : 1;

    /// <summary>The weight of a class that is not left out.</summary>
    public double Weight(int k) => _options.ClassWeights?[k] ?? 1;

    private bool IsLeftOut(int k) => !_options.Includes(k) || !_annotated[k] || (_options.AbsentClasses != AbsentClasses.AsDefined && IsAbsent(k));

    private bool IsAbsent(int k) => !_labelMass.IsEmpty && _labelMass[k].Value == 0;
}
