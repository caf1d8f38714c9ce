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

    public ElementType LabelsType { get; init; } = ElementType.Int64;

    public DiceOptions Options { get; init; } = DiceOptions.Default;

    public Layout LogitsLayout { get; init; }

    public Layout LabelsLayout { get; init; }

    public Layout GradientLayout { get; init; }

    public UpstreamKind Upstream { get; init; }

    /// <summary>The factor that a scalar upstream passes, and the mean of one per sample.</summary>
    public double UpstreamFactor { get; init; } = 1.7;

    /// <summary>The standard deviation of the logits.</summary>
    public double Spread { get; init; } = 2;

    /// <summary>If set: how far one logit, in nine voxels of ten that of the label, stands above the others.</summary>
    public double? Margin { get; init; }

    /// <summary>The share of the voxels that have the ignored label, where the type of the labels can hold it.</summary>
    public double IgnoredShare { get; init; } = 0.15;

    public int Seed { get; init; }

    public long Samples => Shape[0];

    public int Channels => (int)Shape[1];

    public long Voxels => TensorBuffer.Product(Shape.AsSpan(2));

    public long[] LabelsShape => [Shape[0], .. Shape[2..]];

    public Activation Activation => Options.Activation switch
    {
        Activation.Auto => Channels == 1 ? Activation.TwoClassSigmoid : Activation.Softmax,
        Activation given => given,
    };

    public int Classes => Activation == Activation.TwoClassSigmoid ? 2 : Channels;

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
                for (int c = 0; c < Channels; c++) voxel[c] = Normal(random) * (Margin is null ? Spread : 0.25);
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
        long greatest = Elements.Range(LabelsType).Greatest;
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
        string text = $"[{string.Join(", ", Shape)}] {LogitsType} {LogitsLayout}, labels {LabelsType} {LabelsLayout}, gradient {GradientLayout}, "
            + $"{Options.Activation} e={Options.Exponent} smooth={Options.Smooth}/{Options.SmoothNumerator}/{Options.SmoothDenominator} {Options.Reduction} "
            + $"weights={Options.ClassWeights} ignore label {Options.IgnoreLabel} channel {Options.IgnoreChannel} average {Options.ClassAverage}, "
            + $"upstream {Upstream}, ";
        return text + string.Create(CultureInfo.InvariantCulture, $"spread {Spread} margin {Margin}, ignored {IgnoredShare}, seed {Seed}");
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static void MakeConfident(double[] voxel, Random random, double margin, long label)
    {
        long winner = random.NextDouble() < 0.9 ? label : random.Next(voxel.Length + 1);
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
