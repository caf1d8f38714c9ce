namespace DiceLoss;

/// <summary>
/// Options that reproduce the overlap losses of other libraries, alone or with cross-entropy or the focal loss: one class per library, one
/// method per loss, with that library's parameter names and defaults.
/// </summary>
/// <remarks>
/// Each method returns ordinary <see cref="DiceOptions"/>; change anything with a <c>with</c> expression. Where a loss of the other library
/// is 0/0 and therefore NaN, the loss here is 0. If no ignored label is asked for, it is the default, -1: a label that those libraries do
/// not accept. tests/conformance holds worked examples of each loss.
/// </remarks>
public static partial class DicePresets
{
    // Two classes in one channel are ours alone: those libraries have one class per channel.
    private static Activation PerChannel(Activation activation, string argument) =>
        activation is Activation.None or Activation.Sigmoid or Activation.Softmax ? activation : throw new ArgumentOutOfRangeException(
            argument, activation, $"{argument} is {activation}; it is one of {Activation.None}, {Activation.Sigmoid}, {Activation.Softmax}.");

    private static DiceOptions WithIgnoredLabel(this DiceOptions options, long? label) =>
        label is { } ignored ? options with { IgnoreLabel = ignored } : options;

    // Without background: class 0 has no loss and does not count in averages.
    private static DiceOptions WithoutBackground(this DiceOptions options, bool isLeftOut) =>
        isLeftOut ? options with { IgnoreChannel = 0, ClassAverage = ClassAverage.Included } : options;
}
