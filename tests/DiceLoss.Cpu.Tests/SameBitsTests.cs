using System.Diagnostics.CodeAnalysis;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>One bit pattern, whoever computes: every SIMD level and number of threads, run after run.</summary>
public sealed class SameBitsTests
{
    private static readonly CpuProvider s_plainest = new(new CpuOptions { SimdLevel = SimdLevel.Scalar, MaxThreads = 1 });

    private static CpuProvider[] Others { get; } =
    [
        .. from level in CpuProvider.SupportedLevels
           from threads in new[] { 1, 2, 6, 64 }
           where level != SimdLevel.Scalar || threads > 1
           select new CpuProvider(new CpuOptions { SimdLevel = level, MaxThreads = threads }),
    ];

    private static CpuProvider[] EachLevel { get; } =
        [.. from level in CpuProvider.SupportedLevels where level != SimdLevel.Scalar select new CpuProvider(new CpuOptions { SimdLevel = level, MaxThreads = 3 })];

    [Fact]
    public void ForwardBackward_RandomCases_SameBitsAtEveryLevel() => Property.Holds(Cases.Any(1500), 80, what => Compare(what, Others));

    [Fact]
    public void ForwardBackward_RandomTargets_SameBitsAtEveryLevel() => Property.Holds(Cases.AnyTargets(700), 80, what => Compare(what, EachLevel));

    [Theory]
    [InlineData(ElementType.Float32, 2, 1, 1)]
    [InlineData(ElementType.Float32, 1, 5, 2)]
    [InlineData(ElementType.Float64, 1, 3, 1)]
    [InlineData(ElementType.Float16, 3, 2, 3)]
    [InlineData(ElementType.BFloat16, 2, 4, 1)]
    public void ForwardBackward_LargeVolumes_SameBitsForAnyNumberOfThreads(ElementType type, int samples, int channels, int exponent) => Compare(
        new Case { Shape = [samples, channels, 61, 31, 47], LogitsType = type, Seed = 1, Options = new DiceOptions { Exponent = exponent } }, Others);

    [Theory]
    [InlineData(ElementType.Float32, 1, 0)]
    [InlineData(ElementType.Float32, 5, 0)]
    [InlineData(ElementType.Float32, 5, 0.1)]
    [InlineData(ElementType.Float64, 3, 0.1)]
    [InlineData(ElementType.BFloat16, 17, 0)]
    public void ForwardBackward_CrossEntropy_SameBitsAtEveryLevel(ElementType type, int channels, double smoothing) => Compare(
        new Case
        {
            Shape = [2, channels, 5003],
            LogitsType = type,
            Seed = 4,
            Options = new DiceOptions { CrossEntropy = new CrossEntropy { LabelSmoothing = smoothing } },
        }, Others);

    // With AVX-512, the derivatives of many classes are made anew in each loop.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ForwardBackward_ManyClasses_SameBitsAtEveryLevel(int exponent)
    {
        DiceOptions[] losses =
        [
            new(),
            new() { CrossEntropy = new CrossEntropy() },
            new() { CrossEntropy = new CrossEntropy { LabelSmoothing = 0.1 } },
            new() { Focal = new Focal { Gamma = 1.5 } },
        ];
        foreach (DiceOptions options in losses)
        {
            foreach (ElementType type in Cases.LogitsTypes)
            {
                Compare(new Case { Shape = [1, 65, 301], LogitsType = type, Seed = 8, Spread = 5, IgnoredShare = 0.1, Options = options with { Exponent = exponent } }, EachLevel);
            }
        }
    }

    public static TheoryData<string, Case> Targets() => new()
    {
        { "weights", new Case { WeightsType = ElementType.Float32 } },
        { "masks", new Case { Targets = TargetKind.Maps, LabelsType = ElementType.UInt8, Options = new DiceOptions { Activation = Activation.Sigmoid } } },
        { "soft targets", new Case { Targets = TargetKind.Maps, LabelsType = ElementType.Float32, Options = new DiceOptions { Intersection = IntersectionForm.Minimum } } },
        { "focal", new Case { Options = new DiceOptions { Focal = new Focal { Gamma = 1.5 } } } },
        { "focal of maps", new Case { Targets = TargetKind.Maps, LabelsType = ElementType.Float16, Options = new DiceOptions { Focal = new Focal() } } },
        { "focal of channels", new Case { LabelsType = ElementType.UInt8, Options = new DiceOptions { Activation = Activation.Sigmoid, Focal = new Focal { Alpha = 0.3 } } } },
        { "binary cross-entropy", new Case { LabelsType = ElementType.Int16, Options = new DiceOptions { Activation = Activation.Sigmoid, CrossEntropy = new CrossEntropy() } } },
        { "counts", new Case { Options = new DiceOptions { HardPrediction = HardPrediction.Argmax } } },
        { "counts of channels", new Case { Options = new DiceOptions { Activation = Activation.Sigmoid, HardPrediction = HardPrediction.Threshold } } },
    };

    [Theory]
    [MemberData(nameof(Targets), DisableDiscoveryEnumeration = true)]
    [SuppressMessage("Usage", "xUnit1026", Justification = "The name tells the cases apart.")]
    public void ForwardBackward_EveryKindOfTargetAndTerm_SameBitsAtEveryLevel(string name, Case what)
    {
        foreach (ElementType type in Cases.LogitsTypes) Compare(what with { Shape = [2, 3, 5003], LogitsType = type, Seed = 5 }, EachLevel);
        Compare(what with { Shape = [1, 21, 1031], LogitsLayout = Layout.ChannelsLast, Seed = 6 }, EachLevel);
    }

    [Theory]
    [InlineData(1, Activation.TwoClassSigmoid)]
    [InlineData(3, Activation.Sigmoid)]
    [InlineData(3, Activation.Softmax)]
    public void ForwardBackward_ProbabilitiesOfZeroAndNegativeUpstream_SameBitsAtEveryLevel(int channels, Activation activation)
    {
        // Derivatives of -0.
        foreach (TargetKind targets in Enum.GetValues<TargetKind>())
        {
            Compare(
                new Case
                {
                    Shape = [2, channels, 1031],
                    Targets = targets,
                    LabelsType = ElementType.UInt8,
                    Upstream = UpstreamKind.Scalar,
                    UpstreamFactor = -1,
                    Spread = 100,
                    Options = new DiceOptions { Activation = activation, Exponent = 2 },
                },
                EachLevel);
        }
    }

    [Fact]
    public void ForwardBackward_ManyRunsWithManyThreads_SameBits()
    {
        var many = new CpuProvider(new CpuOptions { MaxThreads = 8 });
        Compare(new Case { Shape = [2, 3, 90_000], Seed = 2 }, [.. Enumerable.Repeat(many, 60)]);
    }

    [Fact]
    public async Task ForwardBackward_StarvedThreadPool_FinishesWithTheSameBits()
    {
        // Every pool thread sleeps until the work is done: the caller must not wait for any of them. The pool, which grows by two threads a
        // second, has not started the last sleeper before the first has slept enough; and the caller, who is none of its threads, queues up
        // behind them all.
        using var done = new ManualResetEventSlim();
        Task<bool>[] starving = [];
        await Task.Factory.StartNew(
            () =>
            {
                starving = [.. Enumerable.Range(0, ThreadPool.ThreadCount + 200).Select(_ => Task.Run(() => done.Wait(TimeSpan.FromSeconds(60))))];
                Compare(new Case { Shape = [1, 4, 300_000], Seed = 3 }, [new CpuProvider(new CpuOptions { MaxThreads = 16 })]);
                done.Set();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.DoesNotContain(false, await Task.WhenAll(starving));
    }

    [Fact]
    public void Forward_CancelledMeanwhile_ThrowsAndWorksAgain()
    {
        // Long enough for a timer to end while it runs; several tries, because a timer may be late.
        using var run = new CaseRun(new Case { Shape = [1, 4, 3_000_000], Seed = 3, IgnoredShare = 0 });
        var provider = new CpuProvider(new CpuOptions { MaxThreads = 2 });
        DiceResult expected = run.Forward(provider);
        int cancelled = 0;
        for (int i = 0; i < 200 && cancelled < 3; i++)
        {
            using var source = new CancellationTokenSource();
            source.CancelAfter(1 + (i % 5));
            try
            {
                Dice.Forward(run.Logits.Descriptor, run.Labels.Descriptor, null, provider, cancellation: source.Token);
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }
        }

        Assert.Equal(3, cancelled);
        Assert.Equal(expected.Loss, run.Forward(provider).Loss);
    }

    [Fact]
    public void Forward_InvalidLabelsInManySegments_NamesTheFirstWhateverTheThreads()
    {
        foreach (CpuProvider provider in Others)
        {
            using var run = new CaseRun(new Case { Shape = [2, 2, 100_000], IgnoredShare = 0 }, editLabels: labels =>
            {
                for (int i = 70_001; i < labels.Length; i += 1000) labels[i] = 2 + i;
            });
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(provider));
            Assert.Equal(70_003L, error.ActualValue);
            Assert.StartsWith("130 label(s)", error.Message, StringComparison.Ordinal);
            Assert.Contains("in sample 0 at voxel [70001].", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ForwardBackward_ManySteps_AllocateNothingThatGrowsWithTheVolume()
    {
        long Allocated(int voxels)
        {
            using var run = new CaseRun(new Case { Shape = [1, 3, voxels], Seed = 1 });
            var provider = new CpuProvider(new CpuOptions { MaxThreads = 1 });
            Step();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Step();
            return GC.GetAllocatedBytesForCurrentThread() - before;

            void Step()
            {
                DiceResult result = run.Forward(provider);
                Dice.Backward(result, run.Logits.Descriptor, run.Labels.Descriptor, default, run.Gradient.Descriptor, provider: provider);
            }
        }

        // Partial sums: at most 256 segments of 3 terms and 3 classes, twice.
        Assert.InRange(Allocated(1000), 1, 20_000);
        Assert.InRange(Allocated(400_000), 1, 256 * 1024);
    }

    private static void Compare(Case what, CpuProvider[] providers)
    {
        using var run = new CaseRun(what);
        DiceResult expected = run.Forward(s_plainest);
        double[] gradient = run.Backward(s_plainest, expected);
        foreach (CpuProvider provider in providers)
        {
            DiceResult result = run.Forward(provider);
            ErrorRule.SameBits(expected.Losses.ToArray(), result.Losses.ToArray(), $"{provider.SimdLevel}, {what}: losses");
            for (int n = 0; n < what.Samples; n++)
            {
                foreach (SumTerm term in Enum.GetValues<SumTerm>())
                {
                    Assert.True(
                        expected.Sums[term, n].SequenceEqual(result.Sums[term, n]) || expected.Losses.ToArray().Any(double.IsNaN),
                        $"{provider.SimdLevel}, {what}: {term} of sample {n}");
                }
            }

            ErrorRule.SameBits(gradient, run.Backward(provider, result), $"{provider.SimdLevel}, {what}: gradient");
        }
    }
}
