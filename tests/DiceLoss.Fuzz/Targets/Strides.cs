using DiceLoss.Cpu;
using DiceLoss.Fuzz.Inputs;
using DiceLoss.Testing;

namespace DiceLoss.Fuzz.Targets;

/// <summary>Small tensors of any strides, with any content, against the same tensors without gaps.</summary>
internal sealed class Strides : Target
{
    private const int ArenaBytes = 1 << 14;
    private const int MostElements = 1 << 10;

    private static readonly Arena s_logits = new(ArenaBytes), s_labels = new(ArenaBytes), s_gradient = new(ArenaBytes);

    public override string Name => "strides";

    public override string Description => "any strides and any logits: the bits of the contiguous tensor, and nothing written between the elements";

    public override IEnumerable<byte[]> Seeds =>
    [
        [0, 2, 3, 2, 5, 4, 1, 1, 124 + 60, 124 + 20, 124 + 4, 124 + 1, 0, 0, 1, 124 + 1, 124 + 40, 124 + 10, 124 + 2, 9, 8, 7, 6],
        [1, 1, 2, 1, 20, 0, 1, 124 - 1, 124 + 20, 124 - 1, 1, 2, 3, 4, 5, 6, 7, 8],
    ];

    public override void Execute(ReadOnlySpan<byte> bytes)
    {
        var input = new Input(bytes);
        ElementType type = input.One(Cases.LogitsTypes), labelsType = input.One(Cases.LabelsTypes);
        long[] shape = new long[2 + input.Below(5)];
        for (int d = 0; d < shape.Length; d++) shape[d] = input.Below(24);
        shape[1] = Math.Max(1, shape[1]);
        if (TensorBuffer.Product(shape) > MostElements) return;
        if (Place(ref input, s_logits, type, shape) is not { } logits) return;
        if (Place(ref input, s_labels, labelsType, [shape[0], .. shape[2..]]) is not { } labels) return;
        if (Place(ref input, s_gradient, type, shape) is not { } gradient) return;
        bool isPerSample = input.Flag();
        Repeat(input.Rest, s_logits.Bytes);
        s_labels.Bytes.Clear();
        foreach (nint address in Addresses(labels)) Elements.WriteInteger(address, labelsType, input.Byte() % Math.Max(2, shape[1]));

        using TensorBuffer plainLogits = Copy(logits), plainLabels = Copy(labels), plainGradient = new(type, shape);
        var options = new DiceOptions { Reduction = isPerSample ? DiceReduction.None : DiceReduction.Mean };
        DiceResult plain = Dice.Forward(plainLogits.Descriptor, plainLabels.Descriptor, options, CpuProvider.Shared);
        Dice.Backward(plain, plainLogits.Descriptor, plainLabels.Descriptor, default, plainGradient.Descriptor, provider: CpuProvider.Shared);

        DiceResult strided = Dice.Forward(logits.Descriptor, labels.Descriptor, options, CpuProvider.Shared);
        ViolationException.Unless(strided.Losses.SequenceEqual(plain.Losses), "The loss is another one than without strides.");
        byte[] before = s_gradient.Bytes.ToArray();
        try
        {
            Dice.Backward(strided, logits.Descriptor, labels.Descriptor, default, gradient.Descriptor, provider: CpuProvider.Shared);
        }
        catch (ArgumentException refusal) when (refusal.ParamName == "gradient")
        {
            ViolationException.Unless(s_gradient.Bytes.SequenceEqual(before), "A gradient that was refused was written.");
            return;
        }

        using TensorBuffer written = Copy(gradient);
        ViolationException.Unless(written.Numbers().AsSpan().SequenceEqual(plainGradient.Numbers()), "The gradient is another one than without strides.");
        foreach (nint address in Addresses(gradient)) before.AsSpan((int)(address - s_gradient.Piece(ArenaBytes, atEnd: false)), type.Size()).Clear();
        foreach (nint address in Addresses(gradient)) Elements.WriteNumber(address, type, 0);
        ViolationException.Unless(s_gradient.Bytes.SequenceEqual(before), "Something was written between the elements of the gradient.");
    }

    // A tensor that lies in the arena, at one of its ends; none if it is larger.
    private static AnyTensor? Place(ref Input input, Arena arena, ElementType type, long[] shape)
    {
        bool isStrided = input.Flag(), atEnd = input.Flag();
        long[] strides = new long[shape.Length];
        long next = 1, low = 0, high = 0;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = isStrided ? input.Byte() - 124 : next;
            next *= shape[d];
            long reach = (shape[d] - 1) * strides[d];
            low += Math.Min(0, reach);
            high += Math.Max(0, reach);
        }

        long size = (high - low + 1) * type.Size();
        if (size > ArenaBytes) return null;
        nint first = arena.Piece(size, atEnd) - ((nint)low * type.Size());
        return new AnyTensor { Address = first, Type = type, Shape = shape, Strides = isStrided ? strides : [] };
    }

    private static void Repeat(ReadOnlySpan<byte> pattern, Span<byte> destination)
    {
        if (pattern.IsEmpty) destination.Clear();
        else for (int i = 0; i < destination.Length; i++) destination[i] = pattern[i % pattern.Length];
    }

    private static TensorBuffer Copy(AnyTensor tensor)
    {
        double[] values = [.. Addresses(tensor).Select(
            address => tensor.Type.IsFloatingPoint() ? Elements.ReadNumber(address, tensor.Type) : Elements.ReadInteger(address, tensor.Type))];
        return TensorBuffer.Of(tensor.Type, tensor.Shape, values);
    }

    private static IEnumerable<nint> Addresses(AnyTensor tensor)
    {
        long count = TensorBuffer.Product(tensor.Shape);
        for (long i = 0; i < count; i++)
        {
            (long rest, long offset) = (i, 0);
            for (int d = tensor.Shape.Length - 1; d >= 0; d--)
            {
                (rest, long index) = Math.DivRem(rest, tensor.Shape[d]);
                offset += index * tensor.Descriptor.Stride(d);
            }

            yield return tensor.Address + (nint)(offset * tensor.Type.Size());
        }
    }
}
