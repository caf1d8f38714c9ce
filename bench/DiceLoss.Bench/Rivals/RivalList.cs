using DiceLoss.Bench.Inputs;
using DiceLoss.TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench.Rivals;

/// <summary>Who this library is compared with.</summary>
internal static class RivalList
{
    /// <summary>All of them, the usual one first.</summary>
    public static IReadOnlyList<IRival> All { get; } =
    [
        new EagerDice("one-hot", OneHotDice.Loss, shape => shape.Channels > 1 && !shape.CrossEntropy),
        new EagerDice("scatter", ScatterDice.Loss, shape => shape.Channels > 1 && !shape.CrossEntropy),
        new EagerDice("gather", GatherDice.Loss, shape => shape.Channels > 1 && !shape.CrossEntropy),
        new EagerDice("mask", MaskDice.Loss, shape => shape.Channels == 1 && !shape.CrossEntropy),
        new EagerDice("one-hot + cross_entropy", CrossEntropyBeside.OneHot, shape => shape.Channels > 1 && shape.CrossEntropy),
        new EagerDice("gather + cross_entropy", CrossEntropyBeside.Gather, shape => shape.Channels > 1 && shape.CrossEntropy),
        new ScalarFusedDice(),
    ];

    /// <summary>This library, called as they are: through TorchSharp and autograd, with a new gradient in every step.</summary>
    /// <param name="shape">The problem, for its loss.</param>
    public static IRival Ours(ProblemShape shape) =>
        new EagerDice("torch.nn.functional.dice_loss", (logits, labels) => nn.functional.dice_loss(logits, labels, shape.Options), _ => true);
}
