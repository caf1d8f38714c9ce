namespace DiceLoss.Algebra;

/// <summary>The weights with which classes are added up to one region.</summary>
/// <remarks>
/// C. Sudre et al., "Generalised Dice overlap as a deep learning loss function for highly unbalanced segmentations", DLMIA 2017. The
/// weights are constants of the derivative.
/// </remarks>
internal readonly ref struct PoolWeights
{
    private readonly DiceOptions _options;
    private readonly ReadOnlySpan<CompensatedSum> _labelMass;
    private readonly Annotation _annotated;
    private readonly double _largest;

    /// <summary>Looks at the classes of a group.</summary>
    /// <param name="options">What is computed.</param>
    /// <param name="labelMass">T per class.</param>
    /// <param name="annotated">What the group tells anything about.</param>
    public PoolWeights(DiceOptions options, ReadOnlySpan<CompensatedSum> labelMass, Annotation annotated)
    {
        _options = options;
        _labelMass = labelMass;
        _annotated = annotated;
        for (int k = 0; k < labelMass.Length; k++)
        {
            if (Includes(k) && OfVolume(k) is var weight && !double.IsInfinity(weight)) _largest = Math.Max(_largest, weight);
        }
    }

    /// <summary>The weight of a class; 0 for one that is left out.</summary>
    public double this[int k]
    {
        get
        {
            if (!Includes(k)) return 0;
            double weight = OfVolume(k);
            return (double.IsInfinity(weight) ? _largest : weight) * (_options.ClassWeights?[k] ?? 1);
        }
    }

    /// <summary>Whether a class is part of the pool.</summary>
    public bool Includes(int k) => _options.Includes(k) && _annotated[k];

    // Infinite for a class without voxels, or next to none.
    private double OfVolume(int k)
    {
        double labelMass = _labelMass[k].Value;
        return _options.ClassPooling switch
        {
            ClassPooling.InverseLabelMass => 1 / labelMass,
            ClassPooling.InverseSquaredLabelMass => 1 / (labelMass * labelMass),
            _ => 1,
        };
    }
}
