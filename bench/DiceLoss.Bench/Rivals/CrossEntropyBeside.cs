using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench.Rivals;

/// <summary>Dice and cross-entropy as frameworks add them up: two losses that each compute a softmax.</summary>
internal static class CrossEntropyBeside
{
    /// <summary>Beside <see cref="OneHotDice"/>.</summary>
    public static Tensor OneHot(Tensor logits, Tensor labels) => Sum(OneHotDice.Loss(logits, labels), logits, labels);

    /// <summary>Beside <see cref="GatherDice"/>.</summary>
    public static Tensor Gather(Tensor logits, Tensor labels) => Sum(GatherDice.Loss(logits, labels), logits, labels);

    private static Tensor Sum(Tensor dice, Tensor logits, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        return (dice + nn.functional.cross_entropy(logits, labels.to_type(ScalarType.Int64))).MoveToOuterDisposeScope();
    }
}
