namespace DiceLoss;

/// <summary>How probabilities become a prediction that can be counted. One that is NaN is never predicted; of a softmax, one NaN makes all of its voxel NaN.</summary>
public enum HardPrediction
{
    /// <summary>The default: nothing is counted.</summary>
    None,

    /// <summary>The most probable class, of several alike the first: so are sigmoids of float32 logits beyond 17, which are all 1. Needs two classes or more.</summary>
    Argmax,

    /// <summary>Every class whose probability is greater than 1/2, each on its own.</summary>
    Threshold,
}
