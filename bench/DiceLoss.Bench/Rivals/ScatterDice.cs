using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench.Rivals;

/// <summary>
/// The mask of booleans that training frameworks for medical images use: ones scattered into a mask of one byte per element, outside of
/// the graph, and multiplied with the probabilities. The mask is an eighth of the one-hot integers; the product is as large as ever.
/// </summary>
internal static class ScatterDice
{
    /// <summary>The loss; labels become 64-bit integers first, which <c>scatter_</c> wants.</summary>
    public static Tensor Loss(Tensor logits, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] space = [.. Enumerable.Range(2, (int)logits.dim() - 2).Select(d => (long)d)];

        Tensor probabilities = nn.functional.softmax(logits, 1);
        Tensor mask, labelMass;
        using (no_grad())
        {
            Tensor index = labels.to_type(ScalarType.Int64).unsqueeze(1);
            mask = zeros(logits.shape, ScalarType.Bool).scatter_(1, index, ones(index.shape, ScalarType.Bool));
            labelMass = mask.sum(space, type: logits.dtype);
        }

        Tensor intersection = (probabilities * mask).sum(space);
        Tensor predictionMass = probabilities.sum(space);
        return (1 - ((2 * intersection) / (predictionMass + labelMass))).mean().MoveToOuterDisposeScope();
    }
}
