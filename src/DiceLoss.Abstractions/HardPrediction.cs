namespace DiceLoss;

/// <summary>
/// How probabilities become a prediction that can be counted. A class whose probability is NaN is never predicted; in a softmax, one NaN makes all probabilities of its
/// voxel NaN.
/// </summary>
public enum HardPrediction
{
    /// <summary>The default: nothing is counted.</summary>
    None,

    /// <summary>
    /// The most probable class; of several that are equally probable, as sigmoids of float32 logits beyond 17 are (all 1), the first. Needs two classes or more.
    /// </summary>
    Argmax,

    /// <summary>Every class whose probability is greater than 1/2, each on its own.</summary>
    Threshold,
}
