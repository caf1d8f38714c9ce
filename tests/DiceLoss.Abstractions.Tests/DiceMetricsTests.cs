using DiceLoss.Testing;

namespace DiceLoss.Abstractions.Tests;

/// <summary>Metrics against numbers worked out by hand, and against the definitions of MONAI and torchmetrics, from hard maps alone.</summary>
public sealed class DiceMetricsTests
{
    private const int Samples = 3, Classes = 4, Voxels = 30;

    // Sample 0: class 0 found half, class 1 not there and not predicted, class 2 not there but predicted. Sample 1: all found, class 2 not at all.
    private static readonly DiceMetrics s_known = new(Counts(2, 3, (2, 3, 5), (0, 0, 0), (0, 2, 0), (4, 4, 4), (1, 1, 1), (0, 1, 3)));

    [Fact]
    public void DiceAndIou_KnownCounts_AreTheNumbersWorkedOutByHand()
    {
        Assert.Equal((4 / 8.0, 2 / 6.0), (s_known.Dice(0, 0), s_known.Iou(0, 0)));
        Assert.Equal((1, 1), (s_known.Dice(1, 0), s_known.Iou(1, 1)));
        Assert.Equal((0, 0), (s_known.Dice(1, 2), s_known.Iou(1, 2)));
        Assert.Equal((2L, 3), (s_known.Samples, s_known.Classes));
    }

    [Fact]
    public void DiceAndIou_ClassWithoutVoxels_ScoresAsAskedFor()
    {
        foreach (Func<int, AbsentScore, double> score in new Func<int, AbsentScore, double>[] { (k, absent) => s_known.Dice(0, k, absent), (k, absent) => s_known.Iou(0, k, absent) })
        {
            Assert.Equal([double.NaN, double.NaN, 1], Enum.GetValues<AbsentScore>().Select(absent => score(1, absent)));
            Assert.Equal([double.NaN, 0, 0], Enum.GetValues<AbsentScore>().Select(absent => score(2, absent)));
        }

        Assert.Equal(double.NaN, s_known.Dice(0, 1));
    }

    [Fact]
    public void Mean_KnownCounts_AreTheNumbersWorkedOutByHand()
    {
        // Dice scores: 1/2, NaN, NaN; 1, 1, 0.
        Assert.Equal((0.5 + (2 / 3.0)) / 2, s_known.Mean(), 1e-15);
        Assert.Equal(2.5 / 4, s_known.Mean(average: MetricAverage.SamplesAndClasses), 1e-15);
        Assert.Equal(((1 / 2.0) + 0.5) / 2, s_known.Mean(average: MetricAverage.SamplesOfClasses, classes: [0, 2]), 1e-15);
        Assert.Equal(2.5 / 5, s_known.Mean(average: MetricAverage.SamplesAndClasses, absent: AbsentScore.NotANumberIfAgreed), 1e-15);

        // Pooled: 6 of 7 and 9, 1 of 1 and 1, 0 of 3 and 3.
        Assert.Equal(((12 / 16.0) + 1 + 0) / 3, s_known.Mean(average: MetricAverage.ClassesOfBatch), 1e-15);
        Assert.Equal(((9 * 12 / 16.0) + 1) / 13, s_known.Mean(average: MetricAverage.WeightedClassesOfBatch), 1e-15);
        Assert.Equal(14 / 24.0, s_known.Mean(average: MetricAverage.Pool), 1e-15);
        Assert.Equal(7 / 17.0, s_known.Mean(MetricKind.Iou, MetricAverage.Pool), 1e-15);
        Assert.Equal(((6 / 10.0) + 1) / 2, s_known.Mean(MetricKind.Iou, MetricAverage.ClassesOfBatch, [0, 1]), 1e-15);
    }

    [Fact]
    public void Mean_OverAClassThatIsAbsentOrOverSomeClasses_IsThatOfTheOthers()
    {
        // Dice 4/8, absent, 2/6; IoU 2/6, absent, 1/5.
        DiceMetrics metrics = new(Counts(1, 3, (2, 4, 4), (0, 1, 0), (1, 3, 3)));
        Assert.Equal(((4 * 0.5) + (3 / 3.0)) / 7, metrics.Mean(average: MetricAverage.WeightedClassesOfBatch), 1e-15);
        Assert.Equal(((4 * 2 / 6.0) + (3 * 1 / 5.0)) / 7, metrics.Mean(MetricKind.Iou, MetricAverage.WeightedClassesOfBatch), 1e-15);
        Assert.Equal(4 / 9.0, metrics.Mean(average: MetricAverage.Pool, classes: [0, 1]), 1e-15);
    }

    [Fact]
    public void Constructor_SumsWithoutAPrediction_AreRefused()
    {
        using var run = new CaseRun(new Case { Shape = [2, 3, 50] });
        DiceSums sums = run.Forward(ReferenceProvider.Shared).Sums;
        Assert.StartsWith("No prediction was counted", Assert.Throws<ArgumentException>("sums", () => new DiceMetrics(sums)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("sums", () => new DiceMetrics(sums.Pooled()));

        // So are those to which such were added, and when what was not counted has been read.
        DiceSums counted = Counts(2, 3, (2, 3, 5));
        counted.Add(sums);
        Assert.Throws<ArgumentException>("sums", () => new DiceMetrics(counted));
        Assert.Equal(0, sums[SumTerm.HardPredictionMass, 0][1].Value);
        Assert.Throws<ArgumentException>("sums", () => new DiceMetrics(sums));

        // Not so sums of nothing, nor where a prediction was looked for and found nowhere.
        Assert.Equal(double.NaN, new DiceMetrics(new DiceSums(1, 3)).Mean());
        using var nothing = new CaseRun(new Case { Shape = [1, 3, 50], Spread = 0, Options = new DiceOptions { HardPrediction = HardPrediction.Threshold } });
        Assert.Equal(0, new DiceMetrics(nothing.Forward(ReferenceProvider.Shared).Sums.Pooled()).Mean());
    }

    [Fact]
    public void Metrics_OfSumsThatAreAddedToLater_AreThoseOfTheResult()
    {
        DiceSums sums = Counts(1, 2, (2, 3, 5), (4, 4, 4));
        DiceResult result = Evaluate(sums);
        sums.Add(Counts(1, 2, (0, 3, 5), (0, 4, 4)));
        Assert.Equal((4 / 8.0, 1), (result.Metrics.Dice(0, 0), result.Metrics.Dice(0, 1)));
        Assert.Equal(4 / 16.0, Evaluate(sums).Metrics.Dice(0, 0));

        static DiceResult Evaluate(DiceSums of) => Dice.Evaluate(of, new DiceOptions { HardPrediction = HardPrediction.Argmax });
    }

    [Theory]
    [InlineData(TargetKind.Labels, Activation.Softmax)]
    [InlineData(TargetKind.Maps, Activation.Sigmoid)]
    public void Mean_RandomMaps_IsThatOfMonaiAndTorchmetrics(TargetKind targets, Activation activation)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            using CaseRun run = Run(targets, activation, seed);
            DiceMetrics metrics = run.Forward(ReferenceProvider.Shared).Metrics;
            (bool[][][] predicted, bool[][][] labelled) = (Predicted(run), Labelled(run));

            // MONAI's DiceMetric: ignore_empty and not, reduction "mean".
            Near(Monai(predicted, labelled, ignoreEmpty: true), metrics.Mean());
            Near(Monai(predicted, labelled, ignoreEmpty: false), metrics.Mean(absent: AbsentScore.OneIfAgreed));

            // torchmetrics' DiceScore: sums of the batch first, aggregation_level "global".
            double[] ofClasses = [.. Enumerable.Range(0, Classes).Select(k => DiceOf(predicted.SelectMany(sample => sample[k]), labelled.SelectMany(sample => sample[k])))];
            double[] support = [.. Enumerable.Range(0, Classes).Select(k => (double)labelled.Sum(sample => sample[k].Count(isThere => isThere)))];
            Near(NanMean(ofClasses), metrics.Mean(average: MetricAverage.ClassesOfBatch, absent: AbsentScore.NotANumberIfAgreed));
            Near(
                ofClasses.Zip(support, (score, weight) => weight == 0 ? 0 : score * weight).Sum() / support.Sum(),
                metrics.Mean(average: MetricAverage.WeightedClassesOfBatch, absent: AbsentScore.NotANumberIfAgreed));
            Near(
                DiceOf(predicted.SelectMany(sample => sample.SelectMany(k => k)), labelled.SelectMany(sample => sample.SelectMany(k => k))),
                metrics.Mean(average: MetricAverage.Pool, absent: AbsentScore.NotANumberIfAgreed));
        }

        static void Near(double expected, double actual) => Assert.True(expected.Equals(actual) || Math.Abs(expected - actual) < 1e-14, $"{actual:R}, not {expected:R}");
    }

    [Fact]
    public void Metrics_MergedSums_AreThoseOfTheWhole()
    {
        using CaseRun run = Run(TargetKind.Labels, Activation.Softmax, 3);
        DiceResult whole = run.Forward(ReferenceProvider.Shared);
        var merged = new DiceSums(Samples, Classes);
        foreach ((int first, int end) in new[] { (17, Voxels), (0, 17) })
        {
            merged.Add(Dice.Sums(
                new TensorDescriptor(run.Logits.AddressOf(first), Device.Cpu, ElementType.Float64, [Samples, Classes, end - first], run.Logits.Strides),
                new TensorDescriptor(run.Labels.AddressOf(first), Device.Cpu, ElementType.Int64, [Samples, end - first], run.Labels.Strides),
                run.Case.Options, ReferenceProvider.Shared));
        }

        foreach (MetricKind kind in Enum.GetValues<MetricKind>())
        {
            foreach (MetricAverage average in Enum.GetValues<MetricAverage>()) Assert.Equal(whole.Metrics.Mean(kind, average), new DiceMetrics(merged).Mean(kind, average));
        }

        Assert.Equal(whole.Metrics.Dice(1, 2), Dice.Evaluate(merged, run.Case.Options).Metrics.Dice(1, 2));
    }

    [Fact]
    public void Pooled_Batches_AreTheMetricsOfTheirAddedCounts()
    {
        // The counts of s_known and of one sample more, which is annotated for two classes only, in two batches of different size.
        var first = new DiceMetrics(Counts(1, 3, (2, 3, 5), (0, 0, 0), (0, 2, 0)));
        var second = new DiceMetrics(Counts(2, 3, (4, 4, 4), (1, 1, 1), (0, 1, 3), (1, 2, 2), (0, 0, 0), (7, 7, 7)), [true, true, true, true, true, false]);
        var epoch = DiceMetrics.Pooled([first, second]);
        Assert.Equal((1L, 3), (epoch.Samples, epoch.Classes));
        Assert.Equal((14 / 20.0, 1, 0), (epoch.Dice(0, 0), epoch.Dice(0, 1), epoch.Dice(0, 2)));
        Assert.Equal(((14 / 20.0) + 1) / 3, epoch.Mean(), 1e-15);
        foreach (MetricAverage average in Enum.GetValues<MetricAverage>().Skip(2)) Assert.Equal(s_known.Mean(average: average), DiceMetrics.Pooled([s_known]).Mean(average: average));

        // Nowhere annotated, and with no sample at all.
        Assert.True(double.IsNaN(DiceMetrics.Pooled([new(Counts(1, 2, (1, 1, 1), (1, 1, 1)), [true, false])]).Dice(0, 1, AbsentScore.OneIfAgreed)));
        Assert.True(double.IsNaN(DiceMetrics.Pooled([new(new DiceSums(0, 2))]).Dice(0, 1, AbsentScore.OneIfAgreed)));
    }

    [Fact]
    public void Metrics_NotAnnotated_AreNotANumber()
    {
        DiceSums sums = Counts(2, 2, (1, 1, 1), (2, 4, 4), (3, 4, 4), (9, 9, 9));
        var metrics = new DiceMetrics(sums, [true, true, true, false]);
        foreach (AbsentScore absent in Enum.GetValues<AbsentScore>()) Assert.True(double.IsNaN(metrics.Dice(1, 1, absent)));
        Assert.Equal(0.75, metrics.Dice(1, 0));
        Assert.Equal((0.75 + 0.75) / 2, metrics.Mean(), 1e-15);
        Assert.Equal(((8 / 10.0) + 0.5) / 2, metrics.Mean(average: MetricAverage.ClassesOfBatch), 1e-15);
        Assert.True(double.IsNaN(new DiceMetrics(sums, [false, false, false, false]).Mean(absent: AbsentScore.OneIfAgreed)));

        // A result passes on what its targets were.
        DiceResult result = Dice.Evaluate(sums, new DiceOptions { HardPrediction = HardPrediction.Argmax }, ElementType.Float32, [true, true, true, false]);
        Assert.True(double.IsNaN(result.Metrics.Iou(1, 1)));
        Assert.Equal(1 / 3.0, result.Metrics.Iou(0, 1));
    }

    [Fact]
    public void Mean_NothingToAverage_IsNotANumber()
    {
        foreach (MetricAverage average in Enum.GetValues<MetricAverage>())
        {
            Assert.True(double.IsNaN(new DiceMetrics(new DiceSums(0, 2)).Mean(average: average)));
            Assert.True(double.IsNaN(new DiceMetrics(new DiceSums(2, 2)).Mean(average: average)));
        }
    }

    [Fact]
    public void WrongArguments_AreNamed()
    {
        Assert.Equal("sums", Assert.Throws<ArgumentNullException>(() => new DiceMetrics(null!)).ParamName);
        var error = Assert.Throws<ArgumentException>(() => new DiceMetrics(new DiceSums(2, 3), [true]));
        Assert.Equal("annotated", error.ParamName);
        Assert.StartsWith("There are 1 values for 2 samples and 3 classes; one for each, or none.", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => s_known.Mean(classes: [0, 3]));
        Assert.Equal("classes", error.ParamName);
        Assert.StartsWith("classes is [0, 3], but there are 3 classes, 0 to 2.", error.Message, StringComparison.Ordinal);
        Assert.Equal("batches", Assert.Throws<ArgumentNullException>(() => DiceMetrics.Pooled(null!)).ParamName);
        Assert.Equal("batches", Assert.Throws<ArgumentNullException>(() => DiceMetrics.Pooled([s_known, null!])).ParamName);
        Assert.StartsWith("There is no batch; at least one.", Assert.Throws<ArgumentException>("batches", () => DiceMetrics.Pooled([])).Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>("batches", () => DiceMetrics.Pooled([s_known, new(new DiceSums(1, 2))]));
        Assert.StartsWith("One batch has 3 classes and another 2; all have as many.", error.Message, StringComparison.Ordinal);
        Assert.Equal("k", Assert.Throws<ArgumentOutOfRangeException>(() => s_known.Dice(0, 3)).ParamName);
        Assert.Equal("k", Assert.Throws<ArgumentOutOfRangeException>(() => s_known.Iou(0, -1)).ParamName);
        Assert.Equal("sample", Assert.Throws<ArgumentOutOfRangeException>(() => s_known.Dice(2, 0)).ParamName);
        Assert.Equal("absent", Assert.Throws<ArgumentOutOfRangeException>(() => s_known.Dice(1, 0, (AbsentScore)3)).ParamName);
        Assert.Equal("absent", Assert.Throws<ArgumentOutOfRangeException>(() => s_known.Iou(1, 0, (AbsentScore)(-1))).ParamName);
        Assert.Equal("absent", Assert.Throws<ArgumentOutOfRangeException>(() => s_known.Mean(absent: (AbsentScore)3)).ParamName);
        Assert.Equal("kind", Assert.Throws<ArgumentOutOfRangeException>(() => s_known.Mean((MetricKind)2)).ParamName);
        Assert.Equal("average", Assert.Throws<ArgumentOutOfRangeException>(() => s_known.Mean(average: (MetricAverage)5)).ParamName);
    }

    [Fact]
    public void Metrics_NothingCounted_SaysWhatToSet()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Dice.Evaluate(new DiceSums(1, 2)).Metrics);
        Assert.Equal("No metrics were counted; set DiceOptions.HardPrediction to Argmax or Threshold.", error.Message);
    }

    // H, Q and T of each sample and class.
    private static DiceSums Counts(int samples, int classes, params (double Both, double Predicted, double Labels)[] counts)
    {
        var sums = new DiceSums(samples, classes);
        for (int i = 0; i < counts.Length; i++)
        {
            (int n, int k) = (i / classes, i % classes);
            sums[SumTerm.HardIntersection, n][k] = new CompensatedSum(counts[i].Both, 0);
            sums[SumTerm.HardPredictionMass, n][k] = new CompensatedSum(counts[i].Predicted, 0);
            sums[SumTerm.LabelMass, n][k] = new CompensatedSum(counts[i].Labels, 0);
        }

        return sums;
    }

    // Class 3 is rare, so that it is absent now and then, from labels and predictions alike.
    private static CaseRun Run(TargetKind targets, Activation activation, int seed)
    {
        bool isMaps = targets == TargetKind.Maps;
        var run = new CaseRun(new Case
        {
            Shape = [Samples, Classes, Voxels],
            LogitsType = ElementType.Float64,
            Targets = targets,
            LabelsType = isMaps ? ElementType.UInt8 : ElementType.Int64,
            IgnoredShare = 0,
            Seed = seed,
            Options = new DiceOptions { Activation = activation, HardPrediction = activation == Activation.Softmax ? HardPrediction.Argmax : HardPrediction.Threshold },
        });
        var random = new Random(seed);
        bool[] isThere = [.. Enumerable.Range(0, Samples).Select(_ => random.Next(2) == 0)];
        run.Labels.Write([.. run.Labels.Numbers().Select((label, i) =>
            isMaps ? (i / Voxels % Classes == 3 && !isThere[i / Voxels / Classes] ? 0 : label) : label == 3 && !isThere[i / Voxels] ? 0 : label)]);
        run.Logits.Write([.. run.Logits.Numbers().Select((logit, i) => i / Voxels % Classes == 3 ? logit - 4 : logit)]);
        return run;
    }

    // [sample][class][voxel]: the most probable class, or all above 1/2, which is above 0 for logits.
    private static bool[][][] Predicted(CaseRun run)
    {
        double[] logits = run.Logits.Numbers();
        double Logit(int n, int k, int v) => logits[(((n * Classes) + k) * Voxels) + v];
        bool competes = run.Case.Activation == Activation.Softmax;
        return Maps((n, k, v) => competes ? Enumerable.Range(0, Classes).MaxBy(j => Logit(n, j, v)) == k : Logit(n, k, v) > 0);
    }

    private static bool[][][] Labelled(CaseRun run)
    {
        double[] labels = run.Labels.Numbers();
        return Maps((n, k, v) => run.Case.Targets == TargetKind.Maps ? labels[(((n * Classes) + k) * Voxels) + v] == 1 : labels[(n * Voxels) + v] == k);
    }

    private static bool[][][] Maps(Func<int, int, int, bool> isSet) =>
        [.. Enumerable.Range(0, Samples).Select(n => Enumerable.Range(0, Classes).Select(k => Enumerable.Range(0, Voxels).Select(v => isSet(n, k, v)).ToArray()).ToArray())];

    private static double Monai(bool[][][] predicted, bool[][][] labelled, bool ignoreEmpty)
    {
        var ofSamples = new List<double>();
        for (int n = 0; n < Samples; n++)
        {
            var ofClasses = new List<double>();
            for (int k = 0; k < Classes; k++)
            {
                bool isEmpty = !labelled[n][k].Contains(true), nothingPredicted = !predicted[n][k].Contains(true);
                ofClasses.Add(!isEmpty ? DiceOf(predicted[n][k], labelled[n][k]) : ignoreEmpty ? double.NaN : nothingPredicted ? 1 : 0);
            }

            ofSamples.Add(NanMean(ofClasses));
        }

        return NanMean(ofSamples);
    }

    private static double DiceOf(IEnumerable<bool> predicted, IEnumerable<bool> labelled)
    {
        double both = predicted.Zip(labelled, (p, t) => p && t).Count(isBoth => isBoth);
        return 2 * both / (predicted.Count(p => p) + labelled.Count(t => t));
    }

    private static double NanMean(IEnumerable<double> scores) => scores.Where(score => !double.IsNaN(score)).DefaultIfEmpty(double.NaN).Average();
}
