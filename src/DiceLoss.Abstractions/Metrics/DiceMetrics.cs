using DiceLoss.Checks;

namespace DiceLoss;

/// <summary>
/// Dice and IoU of the hard prediction against labels or masks, per sample and class, and their averages as the usual libraries define
/// them. They depend on sums alone: sums merged over parts or processes give the metrics of the whole.
/// </summary>
/// <remarks>
/// With h = 1 where the class is predicted, else 0, and H = sum h t, Q = sum h, T = sum t: Dice = 2H / (Q + T), IoU = H / (Q + T - H).
/// Voxels count by their weights, if there are any. <see cref="AbsentScore"/> is the score of a class without voxels. NaN is left out of
/// averages; an average over nothing is NaN.
/// </remarks>
public sealed class DiceMetrics
{
    private readonly HardRegion[] _regions;

    /// <summary>Computes metrics from sums.</summary>
    /// <param name="sums">Sums that were computed with a <see cref="HardPrediction"/>. What the metrics need is copied.</param>
    /// <param name="annotated">As <see cref="DiceTargets.Annotated"/>: a class that is not annotated scores NaN. Empty for all.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sums"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">
    /// Some of the sums were computed without counting a prediction; or the number of values of <paramref name="annotated"/> is neither 0 nor that of samples times
    /// classes.
    /// </exception>
    public DiceMetrics(DiceSums sums, ReadOnlySpan<bool> annotated = default)
    {
        ArgumentNullException.ThrowIfNull(sums);
        if (!annotated.IsEmpty && annotated.Length != sums.Samples * sums.Classes)
        {
            throw new ArgumentException(
                $"There are {annotated.Length} values for {sums.Samples} samples and {sums.Classes} classes; one for each, or none.", nameof(annotated));
        }

        if (sums.LackPrediction)
        {
            throw new ArgumentException(
                $"No prediction was counted: the sums, or some of them, were taken with {nameof(HardPrediction)}.{nameof(HardPrediction.None)}; take them with "
                + $"{nameof(HardPrediction.Argmax)} or {nameof(HardPrediction.Threshold)}.", nameof(sums));
        }

        Samples = sums.Samples;
        Classes = sums.Classes;
        _regions = new HardRegion[sums.Samples * sums.Classes];
        for (int i = 0; i < _regions.Length; i++)
        {
            // Nothing at all where it is not annotated, like a class of which there is no word.
            if (!annotated.IsEmpty && !annotated[i]) continue;
            int sample = i / Classes, k = i % Classes;
            _regions[i] = new HardRegion(
                true,
                sums[SumTerm.HardIntersection, sample][k].Value,
                sums[SumTerm.HardPredictionMass, sample][k].Value,
                sums[SumTerm.LabelMass, sample][k].Value);
        }
    }

    private DiceMetrics(HardRegion[] regions, int classes) => (_regions, Samples, Classes) = (regions, regions.Length / classes, classes);

    /// <summary>The number of samples, N.</summary>
    public long Samples { get; }

    /// <summary>The number of classes, K.</summary>
    public int Classes { get; }

    /// <summary>Adds up the counts of all samples of several batches, class by class: for scores of an epoch or a data set.</summary>
    /// <param name="batches">The metrics of each batch, with any number of samples. Not modified.</param>
    /// <returns>Metrics with one sample. A class that is annotated in no sample scores NaN.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="batches"/> or one of them is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">There are no batches, or their numbers of classes differ.</exception>
    public static DiceMetrics Pooled(IEnumerable<DiceMetrics> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        HardRegion[]? pools = null;
        foreach (DiceMetrics batch in batches)
        {
            ArgumentNullException.ThrowIfNull(batch, nameof(batches));
            pools ??= new HardRegion[batch.Classes];
            if (batch.Classes != pools.Length)
            {
                throw new ArgumentException($"One batch has {pools.Length} classes and another {batch.Classes}; all have as many.", nameof(batches));
            }

            for (int i = 0; i < batch._regions.Length; i++) pools[i % pools.Length] = pools[i % pools.Length].With(batch._regions[i]);
        }

        return pools is null ? throw new ArgumentException("There is no batch; at least one.", nameof(batches)) : new DiceMetrics(pools, pools.Length);
    }

    /// <summary>The Dice score of a class in a sample.</summary>
    /// <param name="sample">Which sample, from 0.</param>
    /// <param name="k">Which class, from 0.</param>
    /// <param name="absent">What a class without voxels scores.</param>
    /// <returns>From 0 to 1, or NaN.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample, class or policy.</exception>
    public double Dice(long sample, int k, AbsentScore absent = AbsentScore.NotANumber) =>
        Score(MetricKind.Dice, Region(sample, k), OptionValues.Member(absent, nameof(absent)));

    /// <summary>The intersection over union of a class in a sample.</summary>
    /// <inheritdoc cref="Dice"/>
    public double Iou(long sample, int k, AbsentScore absent = AbsentScore.NotANumber) =>
        Score(MetricKind.Iou, Region(sample, k), OptionValues.Member(absent, nameof(absent)));

    /// <summary>Averages a score.</summary>
    /// <param name="kind">The score to average.</param>
    /// <param name="average">What to average over.</param>
    /// <param name="classes">The classes to average; <see langword="null"/> for all.</param>
    /// <param name="absent">What a class without voxels scores.</param>
    /// <returns>From 0 to 1; NaN where there is nothing to average.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind, average or policy.</exception>
    /// <exception cref="ArgumentException">The sums have no such class.</exception>
    public double Mean(
        MetricKind kind = MetricKind.Dice,
        MetricAverage average = MetricAverage.SamplesOfClasses,
        ClassSet? classes = null,
        AbsentScore absent = AbsentScore.NotANumber)
    {
        OptionValues.Member(kind, nameof(kind));
        OptionValues.Member(average, nameof(average));
        OptionValues.Member(absent, nameof(absent));
        OptionChecks.KnownClasses(classes, nameof(classes), Classes, nameof(classes));

        int[] chosen = [.. Enumerable.Range(0, Classes).Where(k => classes?.Contains(k) != false)];
        IEnumerable<long> samples = Enumerable.Range(0, (int)Samples).Select(n => (long)n);
        return average switch
        {
            MetricAverage.SamplesOfClasses => NanMean(samples.Select(n => NanMean(chosen.Select(k => Score(kind, Region(n, k), absent))))),
            MetricAverage.SamplesAndClasses => NanMean(samples.SelectMany(n => chosen.Select(k => Score(kind, Region(n, k), absent)))),
            MetricAverage.ClassesOfBatch => NanMean(chosen.Select(k => Score(kind, Pool(samples.Select(n => Region(n, k))), absent))),
            MetricAverage.WeightedClassesOfBatch => WeightedMean(kind, [.. chosen.Select(k => Pool(samples.Select(n => Region(n, k))))], absent),
            _ => Score(kind, Pool(samples.SelectMany(n => chosen.Select(k => Region(n, k)))), absent),
        };
    }

    private HardRegion Region(long sample, int k)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)sample, (ulong)Samples, nameof(sample));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)k, (uint)Classes, nameof(k));
        return _regions[(sample * Classes) + k];
    }

    private static HardRegion Pool(IEnumerable<HardRegion> regions) => regions.Aggregate(default(HardRegion), (pool, region) => pool.With(region));

    private static double Score(MetricKind kind, HardRegion region, AbsentScore absent)
    {
        if (!region.IsKnown) return double.NaN;
        if (region.LabelMass == 0 && !double.IsNaN(region.PredictionMass))
        {
            bool agrees = region.PredictionMass == 0;
            return absent switch
            {
                AbsentScore.NotANumber => double.NaN,
                AbsentScore.NotANumberIfAgreed => agrees ? double.NaN : 0,
                _ => agrees ? 1 : 0,
            };
        }

        double both = region.PredictionMass + region.LabelMass;
        return kind == MetricKind.Dice ? 2 * region.Intersection / both : region.Intersection / (both - region.Intersection);
    }

    private static double NanMean(IEnumerable<double> scores)
    {
        double total = 0;
        long count = 0;
        foreach (double score in scores)
        {
            if (double.IsNaN(score)) continue;
            total += score;
            count++;
        }

        return total / count;
    }

    // By the voxels that the labels give to each class.
    private static double WeightedMean(MetricKind kind, HardRegion[] regions, AbsentScore absent)
    {
        double total = 0, weight = 0;
        foreach (HardRegion region in regions)
        {
            double score = Score(kind, region, absent);
            if (double.IsNaN(score)) continue;
            total += region.LabelMass * score;
            weight += region.LabelMass;
        }

        return total / weight;
    }

    private readonly record struct HardRegion(bool IsKnown, double Intersection, double PredictionMass, double LabelMass)
    {
        public HardRegion With(HardRegion other) => new(
            IsKnown || other.IsKnown, Intersection + other.Intersection, PredictionMass + other.PredictionMass, LabelMass + other.LabelMass);
    }
}
