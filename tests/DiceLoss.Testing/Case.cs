using System.Globalization;

namespace DiceLoss.Testing;

/// <summary>How the factor of the gradient is passed.</summary>
public enum UpstreamKind
{
    /// <summary>Not at all: the factor is 1.</summary>
    Absent,

    /// <summary>A scalar.</summary>
    Scalar,

    /// <summary>One number per sample, for the unreduced loss; a scalar for the others.</summary>
    PerSample,

    /// <summary>One number for all samples, with stride 0.</summary>
    Expanded,
}

/// <summary>What a test runs, numbers apart: those follow from the seed. Its text is enough to run it again.</summary>
public sealed record Case
{
    /// <summary>(N, C, *spatial).</summary>
    public long[] Shape { get; init; } = [2, 3, 40];

    public ElementType LogitsType { get; init; } = ElementType.Float32;

    /// <summary>The type of the labels, or of the maps: masks if it is an integer, otherwise soft.</summary>
    public ElementType LabelsType { get; init; } = ElementType.Int64;

    public TargetKind Targets { get; init; }

    /// <summary>Whether the maps are those of the labels that the case would have, one class per voxel; otherwise each class has its own.</summary>
    public bool OneHot { get; init; }

    /// <summary>The type of the voxel weights; <see langword="null"/> for none.</summary>
    public ElementType? WeightsType { get; init; }

    /// <summary>Whether all samples have the same voxel weights.</summary>
    public bool SharedWeights { get; init; }

    /// <summary>Whether some samples tell nothing about some classes.</summary>
    public bool PartlyAnnotated { get; init; }

    public DiceOptions Options { get; init; } = DiceOptions.Default;

    public Layout LogitsLayout { get; init; }

    public Layout LabelsLayout { get; init; }

    public Layout WeightsLayout { get; init; }

    public Layout GradientLayout { get; init; }

    public UpstreamKind Upstream { get; init; }

    /// <summary>The factor that a scalar upstream passes, and the mean of one per sample.</summary>
    public double UpstreamFactor { get; init; } = 1.7;

    /// <summary>The standard deviation of the logits.</summary>
    public double Spread { get; init; } = 2;

    /// <summary>If set: how far one logit, in nine voxels of ten that of the label, stands above the others.</summary>
    public double? Margin { get; init; }

    /// <summary>Whether that is so in every voxel, and the other logits are all 0.</summary>
    public bool AllRight { get; init; }

    /// <summary>The share of the voxels (of maps: of each class) that have the ignored label, where the type of the labels can hold it.</summary>
    public double IgnoredShare { get; init; } = 0.15;

    public int Seed { get; init; }

    public long Samples => Shape[0];

    public int Channels => (int)Shape[1];

    public long Voxels => TensorBuffer.Product(Shape.AsSpan(2));

    public long[] LabelsShape => Targets == TargetKind.Maps ? Shape : [Shape[0], .. Shape[2..]];

    public long[] WeightsShape => [SharedWeights ? 1 : Shape[0], .. Shape[2..]];

    public Activation Activation => Reference.ActivationFor(Channels, Options);

    public int Classes => Reference.ClassCount(Channels, Options);

    public bool ClassesCompete => Activation is Activation.Softmax or Activation.TwoClassSigmoid;

    /// <summary>Labels are 0 up to, but not including, this number; a single channel that is a class of its own also has a label for "none".</summary>
    public int LabelLimit => Math.Max(Classes, 2);

    public double[] MakeLogits(long[] labels)
    {
        var random = new Random(Seed);
        double[] logits = new double[Samples * Channels * Voxels];
        double[] voxel = new double[Channels];
        for (long n = 0; n < Samples; n++)
        {
            for (long v = 0; v < Voxels; v++)
            {
                for (int c = 0; c < Channels; c++) voxel[c] = AllRight ? 0 : Normal(random) * (Margin is null ? Spread : 0.25);
                if (Margin is { } margin) MakeConfident(voxel, random, margin, labels[(n * Voxels) + v]);
                if (Activation == Activation.None) MakeProbabilities(voxel);
                for (int c = 0; c < Channels; c++) logits[(((n * Channels) + c) * Voxels) + v] = voxel[c];
            }
        }

        return logits;
    }

    public long[] MakeLabels()
    {
        var random = new Random(Seed ^ 0x5EED);
        long greatest = Targets == TargetKind.Labels ? Elements.Range(LabelsType).Greatest : long.MaxValue;
        int limit = (int)Math.Min(LabelLimit, greatest == long.MaxValue ? long.MaxValue : greatest + 1);
        bool mayIgnore = Elements.Fits(Options.IgnoreLabel, LabelsType);
        long[] labels = new long[Samples * Voxels];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = random.Next(limit);
            if (mayIgnore && random.NextDouble() < IgnoredShare) labels[i] = Options.IgnoreLabel;
        }

        return labels;
    }

    /// <summary>Maps (N, C, *spatial): of the labels, or drawn for each class on its own.</summary>
    public double[] MakeMaps(long[] labels)
    {
        var random = new Random(Seed ^ 0x3A95);
        bool mayIgnore = Elements.Fits(Options.IgnoreLabel, LabelsType);
        double[] maps = new double[Samples * Channels * Voxels];
        for (int i = 0; i < maps.Length; i++)
        {
            if (OneHot)
            {
                (long row, long v) = Math.DivRem(i, Voxels);
                long label = labels[(row / Channels * Voxels) + v], own = Channels == 1 ? 1 : row % Channels;
                maps[i] = label == Options.IgnoreLabel ? label : label == own ? 1 : 0;
                continue;
            }

            // Soft maps have their share of hard voxels, too.
            double drawn = random.NextDouble();
            maps[i] = LabelsType.IsFloatingPoint() ? Math.Clamp((1.6 * drawn) - 0.3, 0, 1) : drawn < 0.4 ? 1 : 0;
            if (mayIgnore && random.NextDouble() < IgnoredShare) maps[i] = Options.IgnoreLabel;
        }

        return maps;
    }

    /// <summary>Weights of the voxels, one in five being 0; <see langword="null"/> for none.</summary>
    public double[]? MakeWeights()
    {
        var random = new Random(Seed ^ 0x3E16);
        if (WeightsType is null) return null;
        return [.. Enumerable.Range(0, (int)TensorBuffer.Product(WeightsShape)).Select(_ => random.Next(5) == 0 ? 0 : 0.25 + (2 * random.NextDouble()))];
    }

    /// <summary>What each sample tells about each class, (N, K); empty for everything.</summary>
    public bool[] MakeAnnotated()
    {
        var random = new Random(Seed ^ 0xA770);
        return PartlyAnnotated ? [.. Enumerable.Range(0, (int)Samples * Classes).Select(_ => random.Next(3) > 0)] : [];
    }

    public double[]? MakeUpstream()
    {
        var random = new Random(Seed ^ 0xF00D);
        return Upstream switch
        {
            UpstreamKind.Absent => null,
            UpstreamKind.PerSample when Options.Reduction == DiceReduction.None =>
                [.. Enumerable.Range(0, (int)Samples).Select(_ => UpstreamFactor * (0.5 + random.NextDouble()))],
            _ => [UpstreamFactor],
        };
    }

    public override string ToString()
    {
        string text = $"[{string.Join(", ", Shape)}] {LogitsType} {LogitsLayout}, {(OneHot ? "one-hot " : "")}{Targets} {LabelsType} {LabelsLayout}, "
            + $"weights {WeightsType} {(SharedWeights ? "shared " : "")}{WeightsLayout}, {(PartlyAnnotated ? "partly annotated, " : "")}gradient {GradientLayout}, "
            + $"{Options.Activation} e={Options.Exponent} smooth={Options.Smooth}/{Options.SmoothNumerator}/{Options.SmoothDenominator} {Options.Reduction} "
            + $"weights={Options.ClassWeights} ignore label {Options.IgnoreLabel} channel {Options.IgnoreChannel} average {Options.ClassAverage} "
            + $"{Options.Intersection} {Options.CrossEntropy} {Options.Focal} {Options.HardPrediction}, "
            + $"upstream {Upstream} ";
        return text + string.Create(CultureInfo.InvariantCulture, $"of {UpstreamFactor}, spread {Spread} margin {Margin}{(AllRight ? " all right" : "")}, ignored {IgnoredShare}, seed {Seed}");
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private void MakeConfident(double[] voxel, Random random, double margin, long label)
    {
        long winner = AllRight || random.NextDouble() < 0.9 ? label : random.Next(voxel.Length + 1);
        if (voxel.Length == 1) voxel[0] += winner == 1 ? margin : -margin;
        else if (winner >= 0 && winner < voxel.Length) voxel[winner] += margin;
    }

    private static void MakeProbabilities(double[] voxel)
    {
        double total = voxel.Length == 1 ? 1 : 0;
        for (int c = 0; c < voxel.Length; c++) total += voxel[c] = Math.Exp(voxel[c]);
        for (int c = 0; c < voxel.Length; c++) voxel[c] /= total;
    }
}
