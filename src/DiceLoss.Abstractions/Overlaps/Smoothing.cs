namespace DiceLoss;

/// <summary>What is added to numerator and denominator of a score, and the least denominator.</summary>
/// <param name="Numerator">a, added to the numerator.</param>
/// <param name="Denominator">b, added to the denominator.</param>
/// <param name="MinDenominator">The denominator is at least this; where it would be less, it is this constant. 0 for no such bound.</param>
public readonly record struct Smoothing(double Numerator, double Denominator, double MinDenominator);
