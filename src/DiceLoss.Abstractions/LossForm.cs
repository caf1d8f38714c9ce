namespace DiceLoss;

/// <summary>How the score S of a region becomes its loss.</summary>
public enum LossForm
{
    /// <summary>The default: 1 - S; with a <see cref="DiceOptions.Gamma"/>, max(1 - S, 0)^gamma, the focal form.</summary>
    Complement,

    /// <summary>-S, which differs from the complement by a constant.</summary>
    Negative,

    /// <summary>-log S, with S replaced by <see cref="DiceOptions.MinScore"/> where it is less.</summary>
    NegativeLogarithm,

    /// <summary>log cosh(1 - S): smooth where the overlap is complete.</summary>
    LogCosh,
}
