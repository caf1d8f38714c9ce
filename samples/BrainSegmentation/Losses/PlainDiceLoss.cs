using static TorchSharp.torch;

namespace BrainSegmentation.Losses;

/// <summary>
/// The Dice loss as it is usually written: softmax, one-hot mask, sums. The foreground classes' average of
/// 1 - (2 sum(p t) + smooth) / (sum(p^e) + sum(t) + smooth); the probabilities, the mask, their product and the gradients of those are
/// tensors of the logits' size.
/// </summary>
internal sealed class PlainDiceLoss : ISegmentationLoss
{
    private static readonly long[] s_voxels = [2, 3, 4];

    public string Name => "plain";

    public ScalarType LabelType => ScalarType.Int64;

    public Tensor Call(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        Tensor probabilities = nn.functional.softmax(logits, dim: 1);
        Tensor index = labels.unsqueeze(1);
        Tensor oneHot = zeros_like(probabilities).scatter_(1, index, ones_like(index, dtype: probabilities.dtype));
        Tensor intersection = (probabilities * oneHot).sum(s_voxels);
        Tensor predictionMass = probabilities.pow(DiceSettings.Exponent).sum(s_voxels);
        Tensor labelMass = oneHot.sum(s_voxels);
        Tensor classLosses = 1 - (2 * intersection + DiceSettings.Smooth) / (predictionMass + labelMass + DiceSettings.Smooth);
        return classLosses[.., 1..].mean().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
    }
}
