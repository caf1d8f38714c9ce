using DiceLoss.Fuzz.Inputs;

namespace DiceLoss.Fuzz.Targets;

/// <summary>Shapes, strides, types, devices and addresses of every tensor of a call, none of which is touched.</summary>
internal sealed class Shapes : Target
{
    private static readonly ReadNothing s_provider = new();

    public override string Name => "shapes";

    public override string Description => "descriptors with any numbers: what passes the checks is memory that can exist, and the gradient overlaps nothing";

    public override IEnumerable<byte[]> Seeds =>
    [
        [4, 2, 3, 5, 4, 0, 0, 0, 0, 0, 3, 0, 0xC0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0x30, 0, 0, 0, 0, 0],
        [3, 1, 2, 8, 1, 0, 0, 1, 140, 132, 125, 1, 5, 0, 0xC0, 0, 0, 0x20, 0, 0, 0, 0, 0, 1, 132, 125, 2, 0],
    ];

    public override void Execute(ReadOnlySpan<byte> bytes)
    {
        var input = new Input(bytes);
        AnyTensor logits = AnyTensor.Read(ref input);
        AnyTensor targets = ReadBeside(ref input, logits);
        AnyTensor? weights = input.Below(4) == 3 ? ReadBeside(ref input, logits) : null;
        AnyTensor? upstream = input.Below(4) == 3 ? AnyTensor.Read(ref input) : null;
        bool inPlace = input.Below(8) == 7;
        AnyTensor gradient = inPlace && input.Flag() ? logits : ReadBeside(ref input, logits);
        bool[] annotated = new bool[input.Byte() < 0xF0 ? 0 : input.Byte()];
        try
        {
            var options = new DiceOptions { Reduction = input.Member<DiceReduction>(), Activation = input.Member<Activation>() };
            var compared = new DiceTargets(targets.Descriptor) { VoxelWeights = weights is null ? default : weights.Descriptor, Annotated = annotated };
            DiceResult result = Dice.Forward(logits.Descriptor, compared, options, s_provider);
            Dice.Backward(result, logits.Descriptor, compared, upstream is null ? default : upstream.Descriptor, gradient.Descriptor, inPlace, s_provider);
        }
        catch (Exception refusal) when (Refusal.Is(refusal))
        {
        }
    }

    // Of a shape that fits the logits, mostly: those are the calls that get far.
    private static AnyTensor ReadBeside(ref Input input, AnyTensor logits) => (input.Below(8), logits.Shape) switch
    {
        ( < 4, [long samples, _, .. long[] spatial]) => AnyTensor.Read(ref input, [samples, .. spatial]),
        ( < 6, _) => AnyTensor.Read(ref input, logits.Shape),
        (6, _) => AnyTensor.Read(ref input, logits.Shape) with { Type = logits.Type, Strides = logits.Strides },
        _ => AnyTensor.Read(ref input),
    };
}
