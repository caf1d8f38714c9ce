namespace DiceLoss;

/// <summary>What is added to the two sides of a score, and how small its denominator may get.</summary>
/// <param name="Numerator">a, added to the numerator.</param>
/// <param name="Denominator">b, added to the denominator.</param>
/// <param name="MinDenominator">The denominator is at least this; where it would be less, it is a constant. 0 for no such bound.</param>
public readonly record struct Smoothing(double Numerator, double Denominator, double MinDenominator);
