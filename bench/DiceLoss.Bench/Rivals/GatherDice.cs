using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench.Rivals;

/// <summary>
/// No mask at all: of each voxel only the probability of its label is gathered, and added to the sum of that class. The strongest of
/// what tensor operations can do; besides the probabilities nothing has the logits' size in the forward pass.
/// </summary>
internal static class GatherDice
{
    /// <summary>The loss; labels become 64-bit integers first, which <c>gather</c> and <c>scatter_add</c> want.</summary>
    public static Tensor Loss(Tensor logits, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        long samples = logits.shape[0], classes = logits.shape[1];

        Tensor probabilities = nn.functional.softmax(logits, 1).flatten(2);
        Tensor index = labels.to_type(ScalarType.Int64).flatten(1);
        Tensor ofTheLabel = probabilities.gather(1, index.unsqueeze(1)).squeeze(1);
        Tensor none = zeros(samples, classes, dtype: logits.dtype);
        Tensor intersection = none.scatter_add(1, index, ofTheLabel);
        Tensor labelMass = none.scatter_add(1, index, ones_like(ofTheLabel));
        Tensor predictionMass = probabilities.sum(2L);
        return (1 - ((2 * intersection) / (predictionMass + labelMass))).mean().MoveToOuterDisposeScope();
    }
}
