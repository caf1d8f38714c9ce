using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench.Rivals;

/// <summary>
/// The Dice loss as it is usually written: softmax, one-hot mask, product, sums. In memory at once: the probabilities, the mask as 64-bit
/// integers and as numbers, and the product, each of the logits' size.
/// </summary>
internal static class OneHotDice
{
    /// <summary>The loss; labels become 64-bit integers first, which <c>one_hot</c> wants.</summary>
    public static Tensor Loss(Tensor logits, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] space = [.. Enumerable.Range(2, (int)logits.dim() - 2).Select(d => (long)d)];
        long[] channelSecond = [0, logits.dim() - 1, .. Enumerable.Range(1, (int)logits.dim() - 2).Select(d => (long)d)];

        Tensor probabilities = nn.functional.softmax(logits, 1);
        Tensor oneHot = nn.functional.one_hot(labels.to_type(ScalarType.Int64), logits.shape[1]).permute(channelSecond).to_type(logits.dtype);
        Tensor intersection = (probabilities * oneHot).sum(space);
        Tensor mass = probabilities.sum(space) + oneHot.sum(space);
        return (1 - ((2 * intersection) / mass)).mean().MoveToOuterDisposeScope();
    }
}
