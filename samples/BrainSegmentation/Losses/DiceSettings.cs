namespace BrainSegmentation.Losses;

/// <summary>What both implementations of the loss are set to.</summary>
internal static class DiceSettings
{
    /// <summary>The class that the loss leaves out: the background.</summary>
    public const int Background = 0;

    /// <summary>Squared probabilities in the denominator. With 1, small classes are easily lost for good at this learning rate.</summary>
    public const int Exponent = 2;

    /// <summary>Keeps the loss of a class that neither side has at 0.</summary>
    public const double Smooth = 1e-5;
}
