using System.Globalization;
using DiceLoss.Cpu;
using DiceLoss.Fuzz.Inputs;
using DiceLoss.Testing;

namespace DiceLoss.Fuzz.Targets;

/// <summary>Labels, masks and soft targets of any content, with logits of any bits, between guard pages.</summary>
internal sealed class Labels : Target
{
    private const int ArenaBytes = 1 << 14;

    private static readonly Arena s_logits = new(ArenaBytes), s_targets = new(ArenaBytes), s_gradient = new(ArenaBytes);

    public override string Name => "labels";

    public override string Description => "targets and logits of any bits: refused exactly if a target is not what it may be, with the first of them and their number";

    public override IEnumerable<byte[]> Seeds =>
    [
        [0, 4, 2, 30, 0, 0, 0, 123, 0, 1, 0, 2, 0, 3, 0],
        [1, 0, 0, 50, 1, 0, 3, 123, 1, 1, 1, 0, 2],
        [0, 2, 1, 9, 1, 0, 5, 123, 0, 0, 0x80, 0x3F],
    ];

    public override void Execute(ReadOnlySpan<byte> bytes)
    {
        var input = new Input(bytes);
        ElementType logitsType = input.One(Cases.LogitsTypes);
        int channels = 1 + input.Below(9), samples = 1 + input.Below(3), voxels = input.Below(64);
        bool areMaps = input.Flag();
        var activation = (Activation)input.Below(2); // of them Softmax, refused for one channel
        ElementType type = input.One(areMaps ? Cases.MapsTypes : Cases.LabelsTypes);
        long ignored = input.Stride();

        long[] shape = [samples, channels, voxels];
        AnyTensor logits = Place(s_logits, logitsType, shape), gradient = Place(s_gradient, logitsType, shape);
        AnyTensor targets = Place(s_targets, type, areMaps ? shape : [samples, voxels]);
        input.Fill(Content(s_targets, targets));
        input.Fill(Content(s_logits, logits));
        Content(s_gradient, gradient).Fill(0xA5);

        var options = new DiceOptions { Activation = activation, IgnoreLabel = ignored };
        (int count, string? first) = Invalid(targets, areMaps, Math.Max(2, channels), ignored);
        try
        {
            DiceResult result = Dice.Forward(logits.Descriptor, targets.Descriptor, options, CpuProvider.Shared);
            ViolationException.Unless(count == 0, $"{count} targets are invalid, and nobody says so.");
            Dice.Backward(result, logits.Descriptor, targets.Descriptor, default, gradient.Descriptor, provider: CpuProvider.Shared);
        }
        catch (ArgumentOutOfRangeException refusal)
        {
            ViolationException.Unless(count > 0, $"Every target is valid: {refusal.Message}");
            ViolationException.Unless(
                refusal.Message.StartsWith($"{count} ", StringComparison.Ordinal) && refusal.Message.Contains($"the first is {first},", StringComparison.Ordinal),
                $"{count} targets are invalid, first {first}: {refusal.Message}");
            ViolationException.Unless(!Content(s_gradient, gradient).ContainsAnyExcept((byte)0xA5), "The gradient was written.");
        }
        catch (ArgumentException refusal) when (refusal.ParamName == "options" && activation == Activation.Softmax && channels == 1)
        {
        }
    }

    private static AnyTensor Place(Arena arena, ElementType type, long[] shape) =>
        new() { Address = arena.Piece(TensorBuffer.Product(shape) * type.Size(), atEnd: true), Type = type, Shape = shape };

    private static Span<byte> Content(Arena arena, AnyTensor tensor) => arena.Last<byte>((int)TensorBuffer.Product(tensor.Shape) * tensor.Type.Size());

    // The rule, one by one: a class or the ignored label; 0, 1 or the ignored label; from 0 to 1 or the ignored label.
    private static (int Count, string? First) Invalid(AnyTensor targets, bool areMaps, int limit, long ignored)
    {
        (int count, string? first) = (0, null);
        for (int i = 0; i < TensorBuffer.Product(targets.Shape); i++)
        {
            nint address = targets.Address + (i * targets.Type.Size());
            if (targets.Type.IsFloatingPoint())
            {
                double value = Elements.ReadNumber(address, targets.Type);
                if (value is >= 0 and <= 1 || value == ignored) continue;
                first ??= value.ToString(CultureInfo.InvariantCulture);
            }
            else
            {
                long value = Elements.ReadInteger(address, targets.Type);
                if ((value >= 0 && value < (areMaps ? 2 : limit)) || value == ignored) continue;
                first ??= value.ToString(CultureInfo.InvariantCulture);
            }

            count++;
        }

        return (count, first);
    }
}
