using DiceLoss.Testing;

namespace DiceLoss.Trust.Bits;

/// <summary>
/// Fifty random problems, the same in every process. Types of logits and labels take turns, the rest is drawn; one of thirteen is large
/// enough for 64 threads, one of each type of logits.
/// </summary>
public static class BitProblems
{
    private const long SmallElements = 200_000;
    private const long LargeElements = 4_400_000;

    private static readonly int[] s_channels = [1, 2, 3, 5, 17, 33, 105];

    private static readonly Layout[] s_layouts = [Layout.Contiguous, Layout.Contiguous, Layout.ChannelsLast, Layout.Cropped, Layout.Permuted, Layout.Reversed];

    /// <summary>The problems.</summary>
    public static IReadOnlyList<Case> All { get; } = [.. Enumerable.Range(0, 50).Select(Make)];

    private static Case Make(int i)
    {
        var random = new Random(i);
        int channels = random.GetItems(s_channels, 1)[0], samples = random.Next(1, 4);
        TargetKind kind = random.Next(3) == 0 ? TargetKind.Maps : TargetKind.Labels;
        return new Case
        {
            Shape = [samples, channels, .. Space(random, (i % 13 == 0 ? LargeElements : (long)Math.Pow(SmallElements, random.NextDouble())) / samples / channels)],
            LogitsType = Cases.LogitsTypes[i % Cases.LogitsTypes.Length],
            Targets = kind,
            LabelsType = kind == TargetKind.Maps ? Cases.MapsTypes[i % Cases.MapsTypes.Length] : Cases.LabelsTypes[i % Cases.LabelsTypes.Length],
            WeightsType = random.Next(3) == 0 ? Cases.LogitsTypes[random.Next(Cases.LogitsTypes.Length)] : null,
            LogitsLayout = s_layouts[random.Next(s_layouts.Length)],
            LabelsLayout = s_layouts[random.Next(s_layouts.Length)],
            GradientLayout = s_layouts[random.Next(s_layouts.Length)],
            Upstream = (UpstreamKind)random.Next(3),
            Spread = 0.5 + (4 * random.NextDouble()),
            Seed = i,
            Options = Options(random, channels),
        };
    }

    private static DiceOptions Options(Random random, int channels)
    {
        Activation activation = channels == 1
            ? random.GetItems([Activation.TwoClassSigmoid, Activation.Sigmoid, Activation.None], 1)[0]
            : random.GetItems([Activation.Softmax, Activation.Softmax, Activation.Sigmoid, Activation.None], 1)[0];
        int term = activation == Activation.None ? 0 : random.Next(4);
        return new DiceOptions
        {
            Activation = activation,
            Exponent = random.Next(1, 4),
            Smooth = random.Next(2) * 0.1,
            Reduction = Cases.Reductions[random.Next(Cases.Reductions.Length)],
            CrossEntropy = term == 1 ? new CrossEntropy { LabelSmoothing = activation == Activation.Sigmoid ? 0 : random.Next(2) * 0.1 } : null,
            Focal = term == 2 ? new Focal { Gamma = 0.5 * random.Next(1, 6) } : null,
        };
    }

    // One to three dimensions, of about as many voxels.
    private static long[] Space(Random random, long voxels)
    {
        long[] lengths = new long[random.Next(1, 4)];
        for (int d = 0; d < lengths.Length; d++)
        {
            int left = lengths.Length - d;
            lengths[d] = Math.Max(1, left == 1 ? voxels : (long)(Math.Pow(voxels, 1.0 / left) * (0.5 + random.NextDouble())));
            voxels /= lengths[d];
        }

        return lengths;
    }
}
