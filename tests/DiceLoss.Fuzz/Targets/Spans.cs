using DiceLoss.Cpu;
using DiceLoss.Fuzz.Inputs;

namespace DiceLoss.Fuzz.Targets;

/// <summary>Spans of any lengths with any shape: memory that is read and written for real.</summary>
internal sealed class Spans : Target
{
    private const int ArenaBytes = 1 << 16;
    private const int MostElements = 1 << 12;

    // More sums than are computed in no time, up to what is refused: no different, and slow.
    private const int SlowSums = 1 << 13;
    private const int MostSums = 1 << 27;

    private static readonly Arena s_logits = new(ArenaBytes), s_targets = new(ArenaBytes), s_weights = new(ArenaBytes), s_gradient = new(ArenaBytes);

    public override string Name => "spans";

    public override string Description => "spans that do not fit the shape: no byte beside them is touched, whatever the shape says";

    public override IEnumerable<byte[]> Seeds =>
    [
        [3, 2, 3, 8, 0, 0, 0, 0, 1, 2],
        [4, 1, 1, 4, 4, 0, 1, 1, 0, 1],
        [2, 1, 5, 1, 0, 0, 0, 0, 3],
    ];

    public override void Execute(ReadOnlySpan<byte> bytes)
    {
        var input = new Input(bytes);
        long[] shape = new long[input.Below(8)];
        for (int d = 0; d < shape.Length; d++) shape[d] = input.Length();
        Int128 voxels = 1;
        foreach (long length in shape.Length > 2 ? shape[2..] : []) voxels = Product(voxels, length);
        (Int128 samples, Int128 channels) = shape.Length >= 2 ? (shape[0], shape[1]) : (1, 1);
        Int128 sums = Product(samples, Int128.Max(2, channels));
        if (sums > SlowSums && sums <= MostSums) return;
        int logits = Length(ref input, Product(Product(samples, channels), voxels));
        int targets = Length(ref input, Product(input.Flag() ? Product(samples, channels) : samples, voxels));
        int weights = input.Flag() ? Length(ref input, Product(input.Flag() ? samples : 1, voxels)) : 0;
        int gradient = input.Byte() < 0xF0 ? logits : Length(ref input, logits);
        Span<byte> labels = s_targets.Last<byte>(targets);
        input.Fill(labels);
        foreach (ref byte label in labels) label %= 2;
        try
        {
            DiceResult result = CpuDice.Forward(
                s_logits.Last<float>(logits), shape, (ReadOnlySpan<byte>)labels, voxelWeights: s_weights.Last<float>(weights));
            CpuDice.Backward(
                result, s_logits.Last<float>(logits), shape, (ReadOnlySpan<byte>)labels, s_gradient.Last<float>(gradient), voxelWeights: s_weights.Last<float>(weights));
        }
        catch (Exception refusal) when (Refusal.Is(refusal))
        {
        }
    }

    // As many elements as the shape says, mostly, if so many fit.
    private static int Length(ref Input input, Int128 said) =>
        input.Byte() < 0xD0 ? (int)Int128.Clamp(said, 0, MostElements) : input.Byte() * (MostElements / 0x100);

    // Good enough for what must fit an arena, and without overflow for what does not.
    private static Int128 Product(Int128 one, Int128 other) => Int128.Clamp(one, -1, long.MaxValue) * Int128.Clamp(other, -1, long.MaxValue);
}
