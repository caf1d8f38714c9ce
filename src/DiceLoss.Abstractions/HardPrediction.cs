namespace DiceLoss;

/// <summary>How probabilities become a prediction that can be counted.</summary>
public enum HardPrediction
{
    /// <summary>The default: nothing is counted.</summary>
    None,

    /// <summary>The most probable class, the first of several, which sigmoids of float32 logits beyond 17 are: all 1. Needs two classes or more.</summary>
    Argmax,

    /// <summary>Every class whose probability is greater than 1/2, each on its own.</summary>
    Threshold,
}
