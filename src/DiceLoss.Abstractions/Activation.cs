namespace DiceLoss;

/// <summary>How logits become probabilities.</summary>
public enum Activation
{
    /// <summary>The default: <see cref="TwoClassSigmoid"/> for one channel, <see cref="Softmax"/> for more.</summary>
    Auto,

    /// <summary>p_k = exp(x_k) / sum_j exp(x_j) over the channels; one class per channel. Needs two channels or more.</summary>
    Softmax,

    /// <summary>
    /// Two classes from one channel: background sigmoid(-x) and foreground sigmoid(x), the softmax over (0, x). Labels are 0 and 1, and
    /// there are two class weights. Needs exactly one channel.
    /// </summary>
    TwoClassSigmoid,

    /// <summary>
    /// p_k = sigmoid(x_k) in each channel on its own; one class per channel. With one channel the only class is the foreground: label 1
    /// belongs to it, label 0 does not.
    /// </summary>
    Sigmoid,

    /// <summary>
    /// The channels already hold probabilities; they are used as they are. With one channel the only class is the foreground: label 1
    /// belongs to it, label 0 does not.
    /// </summary>
    None,
}
