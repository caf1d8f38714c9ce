using FsCheck.Fluent;

namespace DiceLoss.Testing.Conformance;

/// <summary>
/// What every provider owes. Close it once per provider and configuration: a class that derives from it and names the provider is the
/// whole proof that belongs to it. Each part of this class holds one subject.
/// </summary>
public abstract partial class ProviderConformance
{
    /// <summary>Who is judged.</summary>
    protected abstract IDiceProvider Provider { get; }

    /// <summary>Volumes split at multiples of this number of voxels merge to the same bits; 1 where any split does.</summary>
    protected abstract int TileVoxels { get; }

    /// <summary>Multiplies the number of random cases, of which there is always one; below 1 where another closing of this suite has already run them.</summary>
    protected virtual double Thoroughness => 1;

    /// <summary>
    /// Of the long lists of kernels, one in so many is run, chosen across all of their properties, and of each test at least one: for
    /// providers that need long to make a kernel, and have a list of their own that sees to it that properties meet.
    /// </summary>
    protected virtual int KernelStep => 1;

    /// <summary>Whether a gradient pass tells of targets that were spoilt since the sums were taken; otherwise their voxels have gradient 0.</summary>
    protected virtual bool NoticesSpoiltTargets => true;

    /// <summary>Addresses of elements are multiples of this, or of their size if that is less.</summary>
    protected virtual int Alignment => 1;

    [Fact]
    public void ForwardBackward_RandomCases_AgreeWithReference() =>
        Property.Holds(Cases.Any(700), Times(200), what => Conformity.Check(Provider, what));

    [Fact]
    public void ForwardBackward_LargerRandomCases_AgreeWithReference() =>
        Property.Holds(Cases.Any(6000), Times(15), what => Conformity.Check(Provider, what));

    [Fact]
    public void Backward_Float64RandomCases_AgreesWithCentralDifferences() =>
        // Four losses for each logit.
        Property.Holds(Cases.Any(12, ElementType.Float64).Filter(what => TensorBuffer.Product(what.Shape) is > 0 and <= 150), Times(40), AgreesWithCentralDifferences);

    [Theory]
    [InlineData(1, Activation.TwoClassSigmoid, 1)]
    [InlineData(1, Activation.Sigmoid, 2)]
    [InlineData(5, Activation.Softmax, 1)]
    [InlineData(5, Activation.Softmax, 2)]
    [InlineData(4, Activation.Sigmoid, 3)]
    [InlineData(4, Activation.None, 3)]
    public void Backward_NonUniformWeightsSmoothAndIgnores_AgreesWithCentralDifferences(int channels, Activation activation, int exponent)
    {
        int classes = activation == Activation.TwoClassSigmoid ? 2 : channels;
        foreach (DiceReduction reduction in Chosen(Cases.Reductions, channels, (int)activation, exponent))
        {
            AgreesWithCentralDifferences(new Case
            {
                Shape = [2, channels, 3, 3],
                LogitsType = ElementType.Float64,
                Upstream = UpstreamKind.PerSample,
                Spread = 1,
                Seed = 7,
                Options = new DiceOptions
                {
                    Activation = activation,
                    Exponent = exponent,
                    Reduction = reduction,
                    SmoothNumerator = 0.1,
                    SmoothDenominator = 0.3,
                    IgnoreChannel = channels - 1,
                    ClassWeights = ClassWeights.Create([.. Enumerable.Range(0, classes).Select(k => 0.1 + (k * k))]),
                },
            });
        }
    }

    /// <summary>The types of the logits, with every activation of one, few and many channels.</summary>
    public static TheoryData<ElementType, int, Activation> Kernels()
    {
        var data = new TheoryData<ElementType, int, Activation>();
        foreach (ElementType type in Cases.LogitsTypes)
        {
            data.Add(type, 1, Activation.TwoClassSigmoid);
            foreach (int channels in new[] { 1, 2, 5, 17 })
            {
                if (channels > 1) data.Add(type, channels, Activation.Softmax);
                data.Add(type, channels, Activation.Sigmoid);
                data.Add(type, channels, Activation.None);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void ForwardBackward_EveryKernel_AgreesWithReference(ElementType logits, int channels, Activation activation)
    {
        var kernels = from exponent in new[] { 1, 2, 3, 6 } from labels in Cases.LabelsTypes select (Exponent: exponent, Labels: labels);
        foreach ((int exponent, ElementType labels) in Chosen(kernels, (int)logits, channels, (int)activation))
        {
            int seed = 3 * Array.IndexOf(Cases.LabelsTypes, labels);
            foreach (long[] shape in new long[][] { [1, channels, 101], [2, channels, 5, 13], [1, channels, 3, 5, 41] })
            {
                Conformity.Check(Provider, new Case
                {
                    Shape = shape,
                    LogitsType = logits,
                    LabelsType = labels,
                    Seed = ++seed,
                    Options = new DiceOptions { Activation = activation, Exponent = exponent, Smooth = 0.5 },
                });
            }
        }
    }

    [Theory]
    [InlineData(105, 300)]
    [InlineData(725, 61)]
    [InlineData(1000, 33)]
    public void ForwardBackward_ManyClasses_AgreesWithReference(int channels, int voxels)
    {
        foreach (ElementType type in Chosen([ElementType.Float32, ElementType.BFloat16], channels))
        {
            Conformity.Check(Provider, new Case { Shape = [1, channels, voxels], LogitsType = type, Seed = channels });
        }
    }

    [Fact]
    public void Backward_ManyCases_IsNoWorseThanThePlainRival()
    {
        int cases = 0;
        var worse = new List<string>();
        foreach (int channels in new[] { 1, 2, 3, 5, 8, 17, 33 })
        {
            foreach ((int exponent, double spread) in new[] { (1, 1.0), (1, 3), (1, 8), (2, 1), (2, 3), (3, 1), (3, 3) })
            {
                for (int seed = 0; seed < 8; seed++, cases++)
                {
                    using var run = new CaseRun(
                        new Case { Shape = [1, channels, 600], Seed = seed, Spread = spread, Options = new DiceOptions { Exponent = exponent } });
                    ReferenceResult truth = run.Truth();
                    double ours = ErrorRule.LargestError(truth.Gradient, run.Backward(Provider, run.Forward(Provider)));
                    double rival = ErrorRule.LargestError(truth.Gradient, run.PlainRival().Gradient);
                    double unit = ErrorRule.RoundingOfFloat * truth.GradientMagnitude;
                    if (ours > rival + unit) worse.Add($"{ours / unit:F2} roundings, plain {rival / unit:F2}: {run.Case}");
                }
            }
        }

        Assert.True(worse.Count <= cases / 200, $"{worse.Count} of {cases} are worse than the rival:{Environment.NewLine}{string.Join(Environment.NewLine, worse.Take(5))}");
    }

    [Fact]
    public void ForwardBackward_Twice_GivesTheSameBits()
    {
        using var run = new CaseRun(new Case { Shape = [2, 5, 17, 301], Seed = 3 });
        DiceResult first = run.Forward(Provider);
        double[] gradient = run.Backward(Provider, first);
        for (int i = 0; i < 5; i++)
        {
            DiceResult again = run.Forward(Provider);
            SameSums(first.Sums, again.Sums);
            ErrorRule.SameBits(first.Losses.ToArray(), again.Losses.ToArray(), "losses");
            ErrorRule.SameBits(gradient, run.Backward(Provider, again), "gradient");
        }
    }

    [Fact]
    public async Task ForwardBackward_ManyCallersAtOnce_EachGetsItsOwnResult()
    {
        Case[] cases = [.. Enumerable.Range(0, 24).Select(i => new Case { Shape = [1 + (i % 2), 2 + (i % 4), 700 + (100 * i)], Seed = i })];
        await Parallel.ForEachAsync(
            cases,
            new ParallelOptions { MaxDegreeOfParallelism = 24, CancellationToken = TestContext.Current.CancellationToken },
            async (what, cancellation) =>
            {
                await Task.Yield();
                Conformity.Check(Provider, what);
            });
    }

    /// <summary>What of a test's list is run, at least one; see <see cref="KernelStep"/>.</summary>
    /// <param name="list">The list, which must not be empty.</param>
    /// <param name="row">A number for each property of the test's row, so that rows begin at different places of their lists.</param>
    protected IReadOnlyList<T> Chosen<T>(IEnumerable<T> list, params ReadOnlySpan<int> row)
    {
        T[] all = [.. list];
        Assert.NotEmpty(all);
        int begin = 0;
        foreach (int property in row) begin += property;
        begin %= Math.Min(KernelStep, all.Length);
        return [.. all.Where((_, i) => i % KernelStep == begin)];
    }

    /// <summary>Runs the gradient pass on targets that were spoilt since the sums were taken.</summary>
    protected void BackwardOfSpoilt(CaseRun run, DiceResult result)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (NoticesSpoiltTargets) Assert.Throws<InvalidOperationException>(() => run.Backward(Provider, result));
        else Assert.All(run.Backward(Provider, result), element => Assert.True(double.IsFinite(element)));
        run.Gradient.AssertGapsUntouched();
    }

    /// <summary>Fails unless sums have the same bits.</summary>
    protected static void SameSums(DiceSums expected, DiceSums actual)
    {
        for (int n = 0; n < expected.Samples; n++)
        {
            foreach (SumTerm term in Enum.GetValues<SumTerm>())
            {
                double[] left = [.. expected[term, n].ToArray().Select(sum => sum.Value)], right = [.. actual[term, n].ToArray().Select(sum => sum.Value)];
                ErrorRule.SameBits(left, right, $"{term} of sample {n}");
            }
        }
    }

    // How many random cases are drawn, where it would be so many with a thoroughness of 1.
    private int Times(int count) => Math.Max(1, (int)(count * Thoroughness));

    // The loss against its definition and the gradient against differences of the definition: no algebra is shared.
    private void AgreesWithItsDefinition(Case what)
    {
        using var run = new CaseRun(what);
        ReferenceTargets targets = run.SpelledOut();
        double[] logits = run.Logits.Numbers(), truth = Definition();
        DiceResult result = run.Forward(Provider);
        Assert.Equal(truth.Length, result.Losses.Length);
        for (int i = 0; i < truth.Length; i++)
        {
            bool close = Math.Abs(truth[i] - result.Losses[i]) <= 1e-11 * Math.Max(1, Math.Abs(truth[i]));
            Assert.True(close, $"{what}, {what.Options}: loss {i} is {result.Losses[i]:R}, not {truth[i]:R}");
        }

        double[] gradient = run.Backward(Provider, result);
        double[] differences = CentralDifferences.Of(logits, () => Definition().Sum(), CentralDifferences.Step / 10); // logarithms of small scores bend much
        double largest = differences.Max(Math.Abs);
        for (int i = 0; i < gradient.Length; i++)
        {
            bool close = Math.Abs(differences[i] - gradient[i]) <= 1e-9 + (1e-7 * largest);
            Assert.True(close || IsNearKink(run, i), $"{what}, {what.Options}: [{i}] is {gradient[i]:R}, differences give {differences[i]:R}");
        }

        double[] Definition() => LossReference.Losses(what.Shape, logits, targets, what.Options);
    }

    // The provider in the precision of the case against the smallest one in double, which the definitions have judged. A power multiplies
    // the relative error of its base.
    private void AgreesWithDouble(Case what, double power = 1)
    {
        using var run = new CaseRun(what);
        using var wide = new CaseRun(what with { LogitsType = ElementType.Float64 }, logits => run.Logits.Numbers().CopyTo(logits, 0));
        string name = $"{Provider.Name} {what}";
        DiceResult ours = run.Forward(Provider), truth = wide.Forward(ReferenceProvider.Shared);
        double scale = Math.Max(1, power) * truth.Losses.ToArray().Max(Math.Abs);
        ErrorRule.Losses(truth.Losses.ToArray(), ours.Losses, null, ours.LossType, scale, name);

        double[] expected = wide.Backward(ReferenceProvider.Shared, truth);
        ErrorRule.Gradient(expected, run.Backward(Provider, ours), null, what.LogitsType, expected.Max(Math.Abs), name);
    }

    // Whether a probability of the voxel and its target are so close that a difference sees both sides of min(p, t).
    private static bool IsNearKink(CaseRun run, int element)
    {
        if (run.Case.Options.Intersection != IntersectionForm.Minimum) return false;
        long perSample = run.Case.Channels * run.Case.Voxels, voxel = element % run.Case.Voxels;
        double[] logits = [.. Enumerable.Range(0, run.Case.Channels).Select(c => run.Logits.Numbers()[(element / perSample * perSample) + (c * run.Case.Voxels) + voxel])];
        (double[] t, double[] w) = (new double[run.Case.Classes], new double[run.Case.Classes]);
        run.SpelledOut().Read((int)(element / perSample), (int)voxel, t, w);
        double[] p = Reference.ProbabilitiesOf(logits, run.Case.Options);
        return p.Zip(t, (probability, target) => Math.Abs(probability - target)).Any(distance => distance <= 3 * CentralDifferences.Step);
    }

    // The gradient under test against differences of the loss under test: no reference involved.
    private void AgreesWithCentralDifferences(Case what)
    {
        if (what.LogitsLayout == Layout.Expanded) what = what with { LogitsLayout = Layout.Cropped };
        if (what.Activation == Activation.None)
        {
            // 1 / P varies too much within a step where P is a few probabilities near 0, and differences of fourth order are exact up to p^4.
            what = what with
            {
                Options = what.Options with
                {
                    SmoothDenominator = Math.Max(0.5, what.Options.SmoothDenominator ?? what.Options.Smooth),
                    Exponent = Math.Min(what.Options.Exponent, 4),
                },
            };
        }

        using var run = new CaseRun(what);
        double[] gradient = run.Backward(Provider, run.Forward(Provider));
        double[]? upstream = run.Upstream?.Numbers();
        double[] point = run.Logits.Numbers();
        double[] differences = CentralDifferences.Of(point, () =>
        {
            run.Logits.Write(point);
            double total = 0;
            DiceResult result = run.Forward(Provider);
            for (int i = 0; i < result.Losses.Length; i++)
            {
                total += result.Losses[i] * (upstream is null ? 1 : upstream[upstream.Length == 1 ? 0 : i]);
            }

            return total;
        });
        run.Logits.Write(point);
        double scale = run.Truth().GradientMagnitude;
        for (int i = 0; i < gradient.Length; i++)
        {
            // 1e-12 is what rounding leaves of a difference of losses near 1, divided by the step.
            double error = Math.Abs(gradient[i] - differences[i]), allowed = (1e-7 * scale) + (1e-12 * Conformity.LossScale(what) * Math.Abs(what.UpstreamFactor));
            Assert.True(error <= allowed, $"{what}: gradient [{i}] is {gradient[i]:R}, by differences {differences[i]:R}.");
        }
    }
}
