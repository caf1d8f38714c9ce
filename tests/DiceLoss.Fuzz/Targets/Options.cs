using DiceLoss.Cpu;
using DiceLoss.Fuzz.Inputs;
using DiceLoss.Testing;

namespace DiceLoss.Fuzz.Targets;

/// <summary>Options of any values, in any combination, on a small problem of labels, masks or soft targets.</summary>
internal sealed class Options : Target
{
    private const int Samples = 2;
    private const int Voxels = 19;

    public override string Name => "options";

    public override string Description => "options of any values: refused, or computed, and twice the same";

    public override IEnumerable<byte[]> Seeds =>
    [
        [3, 0, 1, 23, 3],
        [2, 1, 3, 3, 1, 0, 0, 0, 20, 0, 1, 2],
        [1, 2, 2, 4, 1, 4, 0, 0, 0, 1, 25, 1],
    ];

    public override void Execute(ReadOnlySpan<byte> bytes)
    {
        var input = new Input(bytes);
        int channels = 1 + input.Below(5), kind = input.Below(3);
        try
        {
            DiceOptions options = AnyOptions.Read(ref input, channels);
            (double[] Losses, float[] Gradient) first = Compute(options, channels, kind, input.Rest), second = Compute(options, channels, kind, input.Rest);
            bool isSame = first.Losses.AsSpan().SequenceEqual(second.Losses) && first.Gradient.AsSpan().SequenceEqual(second.Gradient);
            ViolationException.Unless(isSame, "The same call has given two results.");
            int losses = options.Reduction switch
            {
                DiceReduction.None => Samples,
                DiceReduction.PerClass => Samples * Reference.ClassCount(channels, options),
                _ => 1,
            };
            ViolationException.Unless(first.Losses.Length == losses, "There are more or fewer losses than the reduction says.");
        }
        catch (Exception refusal) when (Refusal.Is(refusal))
        {
        }
    }

    private static (double[] Losses, float[] Gradient) Compute(DiceOptions options, int channels, int kind, ReadOnlySpan<byte> content)
    {
        var input = new Input(content);
        long[] shape = [Samples, channels, Voxels];
        float[] logits = new float[Samples * channels * Voxels], gradient = new float[logits.Length];
        foreach (ref float logit in logits.AsSpan()) logit = (input.Byte() - 0x80) / 16f;
        if (options.Activation == Activation.None) foreach (ref float logit in logits.AsSpan()) logit = MathF.Abs(logit) / 8;
        return kind switch
        {
            0 => Compute(options, logits, shape, Integers(ref input, Samples * Voxels, Math.Max(2, channels)), gradient),
            1 => Compute(options, logits, shape, Integers(ref input, logits.Length, 2), gradient),
            _ => Compute(options, logits, shape, Array.ConvertAll(Integers(ref input, logits.Length, 0x100), value => value / 255f), gradient),
        };
    }

    private static (double[] Losses, float[] Gradient) Compute<TTarget>(DiceOptions options, float[] logits, long[] shape, TTarget[] targets, float[] gradient)
        where TTarget : unmanaged
    {
        DiceResult result = CpuDice.Forward<float, TTarget>(logits, shape, targets, options);
        if (options.HardPrediction != HardPrediction.None) _ = result.Metrics;
        CpuDice.Backward<float, TTarget>(result, logits, shape, targets, gradient);
        return (result.Losses.ToArray(), gradient);
    }

    private static byte[] Integers(ref Input input, int count, int limit)
    {
        byte[] values = new byte[count];
        foreach (ref byte value in values.AsSpan()) value = (byte)(input.Byte() % limit);
        return values;
    }
}
