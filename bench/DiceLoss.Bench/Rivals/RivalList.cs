using DiceLoss.TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench.Rivals;

/// <summary>Who this library is compared with.</summary>
internal static class RivalList
{
    /// <summary>All of them, the usual one first.</summary>
    public static IReadOnlyList<IRival> All { get; } =
    [
        new EagerDice("one-hot", OneHotDice.Loss, shape => shape.Channels > 1),
        new EagerDice("scatter", ScatterDice.Loss, shape => shape.Channels > 1),
        new EagerDice("gather", GatherDice.Loss, shape => shape.Channels > 1),
        new EagerDice("mask", MaskDice.Loss, shape => shape.Channels == 1),
        new ScalarFusedDice(),
    ];

    /// <summary>This library, called as they are: through TorchSharp and autograd, with a new gradient in every step.</summary>
    public static IRival Ours { get; } = new EagerDice("torch.nn.functional.dice_loss", (logits, labels) => nn.functional.dice_loss(logits, labels), _ => true);
}
