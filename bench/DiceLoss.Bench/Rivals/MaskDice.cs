using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench.Rivals;

/// <summary>
/// One channel, two classes: the labels are the mask. The sums of the background follow from those of the foreground and the number of
/// voxels, so that the second class costs nothing.
/// </summary>
internal static class MaskDice
{
    /// <summary>The loss of logits (N, 1, *spatial).</summary>
    public static Tensor Loss(Tensor logits, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor probabilities = logits.flatten(1).sigmoid();
        Tensor mask = labels.flatten(1).to_type(logits.dtype);
        long voxels = mask.shape[1];

        Tensor intersection = (probabilities * mask).sum(1L), predictionMass = probabilities.sum(1L), labelMass = mask.sum(1L);
        Tensor foreground = 1 - ((2 * intersection) / (predictionMass + labelMass));
        Tensor neither = voxels - predictionMass - labelMass + intersection;
        Tensor background = 1 - ((2 * neither) / ((2 * voxels) - predictionMass - labelMass));
        return ((foreground + background) / 2).mean().MoveToOuterDisposeScope();
    }
}
