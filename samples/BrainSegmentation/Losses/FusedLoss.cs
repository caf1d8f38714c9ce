using DiceLoss;
using DiceLoss.TorchSharp;
using static TorchSharp.torch;

namespace BrainSegmentation.Losses;

/// <summary>
/// This library's loss: nothing of the logits' size but their gradient. For <see cref="Criterion.Dice"/> the same function as
/// <see cref="PlainDiceLoss"/>; the others differ from it in the options that they are named after.
/// </summary>
internal sealed class FusedLoss(Criterion criterion) : ISegmentationLoss
{
    private static readonly DiceOptions s_dice = new()
    {
        Exponent = DiceSettings.Exponent,
        IgnoreChannel = DiceSettings.Background,
        ClassAverage = ClassAverage.Included,
        Smooth = DiceSettings.Smooth,
        Reduction = DiceReduction.Mean,
    };

    private readonly DiceLossModule _loss = nn.DiceLoss(Options(criterion));

    public string Name => "fused";

    public ScalarType LabelType => ScalarType.Int16;

    public Tensor Call(Tensor logits, Tensor labels) => _loss.call(logits, labels);

    public void Dispose() => _loss.Dispose();

    private static DiceOptions Options(Criterion criterion) => criterion switch
    {
        Criterion.Dice => s_dice,
        Criterion.DiceCrossEntropy => s_dice with { CrossEntropy = new CrossEntropy() },
        Criterion.DiceFocal => s_dice with { Focal = new Focal { Average = FocalAverage.Voxels } },
        Criterion.Jaccard => s_dice with { Overlap = Overlap.Jaccard },
        Criterion.Tversky => s_dice with { Overlap = Overlap.Tversky(alpha: 0.3, beta: 0.7) },
        Criterion.FocalTversky => s_dice with { Overlap = Overlap.Tversky(alpha: 0.3, beta: 0.7), Gamma = 4.0 / 3 },
        Criterion.GeneralizedDice => s_dice with { ClassPooling = ClassPooling.InverseSquaredLabelMass },
        _ => throw new ArgumentOutOfRangeException(nameof(criterion), criterion, "No such loss."),
    };
}
