using DiceLoss;
using DiceLoss.TorchSharp;
using static TorchSharp.torch;

namespace BrainSegmentation.Losses;

/// <summary>The same function as <see cref="PlainDiceLoss"/>, by this library: nothing of the logits' size but their gradient.</summary>
internal sealed class FusedDiceLoss : ISegmentationLoss
{
    private readonly DiceLossModule _loss = nn.DiceLoss(new DiceOptions
    {
        Exponent = DiceSettings.Exponent,
        IgnoreChannel = DiceSettings.Background,
        ClassAverage = ClassAverage.Included,
        Smooth = DiceSettings.Smooth,
        Reduction = DiceReduction.Mean,
    });

    public string Name => "fused";

    public ScalarType LabelType => ScalarType.Int16;

    public Tensor Call(Tensor logits, Tensor labels) => _loss.call(logits, labels);

    public void Dispose() => _loss.Dispose();
}
