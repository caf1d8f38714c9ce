using System.Globalization;
using DiceLoss.Cpu;
using DiceLoss.Testing;
using Xunit;

namespace DiceLoss.Trust.Figures;

/// <summary>NaN and infinities among the logits: what docs/numerics.md says of them, in their sample and nowhere else.</summary>
/// <param name="provider">Who computes.</param>
internal sealed class NotFinite(IDiceProvider provider) : Figure
{
    private const int Voxels = (2 * CpuProvider.TileVoxels) + 128 + 37;

    // First, middle and last lane of the first, a middle and the last block; a tile's border; and the voxels that fill no block.
    private static readonly int[] s_positions =
        [0, 1, 7, 8, 15, 16, 31, 63, 64, 300, 511, 512, 1023, 1024, Voxels - 38, Voxels - 37, Voxels - 36, Voxels - 20, Voxels - 2, Voxels - 1];

    private static readonly (int Channels, Activation Activation)[] s_activations =
        [(1, Activation.TwoClassSigmoid), (3, Activation.Softmax), (3, Activation.Sigmoid), (1, Activation.Sigmoid), (2, Activation.None)];

    /// <summary>With the provider that most callers use.</summary>
    public NotFinite()
        : this(CpuProvider.Shared)
    {
    }

    public override string Name => "not-finite";

    public override string Held => "the documented result, and other samples to the bit";

    public override string Method =>
        "NaN, +inf, -inf and -inf in all classes, in the first, middle and last lanes, at borders of tiles and in what fills no block, "
        + "in each class, with each type of logits, activation and kind of targets";

    public override Finding Measure(Budget budget)
    {
        int count = 0;
        foreach ((int channels, Activation activation) in s_activations)
        {
            foreach (ElementType type in Cases.LogitsTypes)
            {
                foreach (TargetKind targets in Enum.GetValues<TargetKind>()) count += Measure(channels, activation, type, targets, s_positions);
            }
        }

        return Finding.Held(string.Create(CultureInfo.InvariantCulture, $"{count:N0} cases, all as documented."));
    }

    private int Measure(int channels, Activation activation, ElementType type, TargetKind targets, int[] positions)
    {
        var what = new Case
        {
            Shape = [3, channels, Voxels],
            LogitsType = type,
            Targets = targets,
            LabelsType = ElementType.UInt8,
            IgnoredShare = 0,
            Seed = 7,
            Options = new DiceOptions { Activation = activation, Reduction = DiceReduction.None, Smooth = 1 },
        };
        using var known = new KnownBits(what, provider);
        (DiceResult sound, double[] soundGradient) = known.Compute();
        double[] logits = known.Run.Logits.Numbers();
        int count = 0;
        foreach (int position in positions)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                foreach (double value in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity]) Judge([channel], position, value);
            }

            if (channels > 1) Judge([.. Enumerable.Range(0, channels)], position, double.NegativeInfinity);
        }

        return count;

        // The middle sample gets the values.
        void Judge(int[] poisoned, int position, double value)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{value} in channels {string.Join(' ', poisoned)} at voxel {position}, {what}");
            double[] edited = [.. logits];
            foreach (int channel in poisoned) edited[Index(channel)] = value;
            known.Run.Logits.Write(edited);
            (DiceResult result, double[] gradient) = known.Compute();
            int perSample = channels * Voxels;
            foreach (int n in (int[])[0, 2])
            {
                ErrorRule.SameBits([sound.Losses[n]], [result.Losses[n]], $"{name}: loss of sample {n}");
                ErrorRule.SameBits(soundGradient[(n * perSample)..((n + 1) * perSample)], gradient[(n * perSample)..((n + 1) * perSample)], $"{name}: gradient of sample {n}");
            }

            double[] own = gradient[perSample..(2 * perSample)];
            if (IsNotANumber(activation, channels, poisoned.Length, value))
            {
                Assert.True(double.IsNaN(result.Losses[1]), $"{name}: the loss is {result.Losses[1]}.");
                Assert.True(Array.TrueForAll(own, double.IsNaN), $"{name}: the gradient holds numbers.");
            }
            else
            {
                // A loss that is another case's: what p = 0 or p = 1 make of it, which the reference in double knows.
                Conformity.Check(provider, known.Run);
                foreach (int channel in poisoned) Assert.True(own[Index(channel) - perSample] == 0, $"{name}: the gradient there is {own[Index(channel) - perSample]}.");
            }

            count++;

            int Index(int channel) => (((1 * channels) + channel) * Voxels) + position;
        }
    }

    // The table of docs/numerics.md.
    private static bool IsNotANumber(Activation activation, int channels, int poisoned, double value) => activation switch
    {
        _ when double.IsNaN(value) => true,
        Activation.Sigmoid => false,
        Activation.None => true,
        _ when value > 0 => true,
        _ => channels > 1 && poisoned == channels,
    };
}
