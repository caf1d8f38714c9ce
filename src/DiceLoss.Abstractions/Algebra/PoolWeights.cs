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
    private readonly double _largest;

    /// <summary>Looks at the classes of a group.</summary>
    /// <param name="options">What is computed.</param>
    /// <param name="labelMass">T per class.</param>
    public PoolWeights(DiceOptions options, ReadOnlySpan<CompensatedSum> labelMass)
    {
        _options = options;
        _labelMass = labelMass;
        for (int k = 0; k < labelMass.Length; k++)
        {
            if (options.Includes(k) && labelMass[k].Value != 0) _largest = Math.Max(_largest, Volume(labelMass[k].Value));
        }
    }

    /// <summary>The weight of a class; 0 for one that is left out.</summary>
    public double this[int k]
    {
        get
        {
            if (!_options.Includes(k)) return 0;
            double volume = _labelMass[k].Value == 0 && _options.ClassPooling != ClassPooling.Uniform ? _largest : Volume(_labelMass[k].Value);
            return volume * (_options.ClassWeights?[k] ?? 1);
        }
    }

    private double Volume(double labelMass) => _options.ClassPooling switch
    {
        ClassPooling.InverseLabelMass => 1 / labelMass,
        ClassPooling.InverseSquaredLabelMass => 1 / (labelMass * labelMass),
        _ => 1,
    };
}
