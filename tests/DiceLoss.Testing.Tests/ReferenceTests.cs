namespace DiceLoss.Testing.Tests;

/// <summary>The judge is judged: its gradient against differences of its own loss, its loss against numbers worked out by hand.</summary>
public sealed class ReferenceTests
{
    [Theory]
    [InlineData(1, Activation.TwoClassSigmoid)]
    [InlineData(1, Activation.Sigmoid)]
    [InlineData(1, Activation.None)]
    [InlineData(2, Activation.Softmax)]
    [InlineData(5, Activation.Softmax)]
    [InlineData(4, Activation.Sigmoid)]
    [InlineData(4, Activation.None)]
    public void Compute_Gradient_AgreesWithCentralDifferences(int channels, Activation activation)
    {
        int classes = activation == Activation.TwoClassSigmoid ? 2 : channels;
        foreach (DiceReduction reduction in Cases.Reductions)
        {
            for (int exponent = 1; exponent <= 3; exponent++)
            {
                var what = new Case
                {
                    Shape = [3, channels, 7],
                    Upstream = UpstreamKind.PerSample,
                    Spread = 1,
                    Seed = exponent,
                    Options = new DiceOptions
                    {
                        Activation = activation,
                        Reduction = reduction,
                        Exponent = exponent,
                        SmoothNumerator = 0.2,
                        SmoothDenominator = 0.5,
                        IgnoreChannel = exponent == 2 ? 0 : -1,
                        ClassWeights = exponent == 3 ? ClassWeights.Create([.. Enumerable.Range(1, classes).Select(k => 1.0 / k)]) : null,
                    },
                };
                long[] labels = what.MakeLabels();
                double[] logits = what.MakeLogits(labels), upstream = what.MakeUpstream()!;
                ReferenceResult result = Reference.Compute(what.Shape, logits, ReferenceTargets.OfLabels(what.Shape, labels, what.Options), what.Options, upstream);
                double[] differences = CentralDifferences.Of(logits, () => Reference.Losses(what.Shape, logits, labels, what.Options).Losses
                    .Select((loss, n) => loss * upstream[upstream.Length == 1 ? 0 : n]).Sum());
                for (int i = 0; i < logits.Length; i++)
                {
                    Assert.True(Math.Abs(differences[i] - result.Gradient[i]) <= 1e-9 * result.GradientMagnitude + 1e-12, $"{what} [{i}]: {result.Gradient[i]}, by differences {differences[i]}");
                }
            }
        }
    }

    [Fact]
    public void Compute_KnownVolumes_GivesTheNumbersWorkedOutByHand()
    {
        // One channel, two voxels, logit log 3: p = (1/4, 3/4) in both; labels 0 and 1. I = (1/4, 3/4), P = (1/2, 3/2), T = (1, 1).
        double[] logits = [Math.Log(3), Math.Log(3)];
        double Loss(DiceOptions options) => Reference.Losses([1, 1, 2], logits, [0, 1], options).Losses[0];
        Assert.Equal(((1 - (0.5 / 1.5)) + (1 - (1.5 / 2.5))) / 2, Loss(new DiceOptions()), 1e-15);
        Assert.Equal(3 * (1 - (1.5 / 2.5)), Loss(new DiceOptions { ClassWeights = [0, 3] }), 1e-15);
        Assert.Equal((1 - (1.5 / 2.5)) / 2, Loss(new DiceOptions { IgnoreChannel = 0 }), 1e-15);
        Assert.Equal(1 - (1.5 / 2.5), Loss(new DiceOptions { IgnoreChannel = 0, ClassAverage = ClassAverage.Included }), 1e-15);

        // Squares: P = (1/8, 9/8). A single foreground class: I = 3/4, P = 3/2, T = 1.
        Assert.Equal(((1 - (0.5 / 1.125)) + (1 - (1.5 / 2.125))) / 2, Loss(new DiceOptions { Exponent = 2 }), 1e-15);
        Assert.Equal(1 - (1.5 / 2.5), Loss(new DiceOptions { Activation = Activation.Sigmoid }), 1e-15);
        Assert.Equal(1 - (2.5 / 3.5), Loss(new DiceOptions { Activation = Activation.Sigmoid, Smooth = 1 }), 1e-15);
        Assert.Equal(1 - (3.5 / 2.5), Loss(new DiceOptions { Activation = Activation.Sigmoid, SmoothNumerator = 2 }), 1e-15);

        // The first voxel ignored: I = P = (0, 3/4) beside T = (0, 1), background (0, 1/4): L = (1 - 0/(1/4), 1 - 1.5/1.75).
        Assert.Equal((1 + (1 - (1.5 / 1.75))) / 2, Loss(new DiceOptions { IgnoreLabel = 0 }), 1e-15);
    }

    [Fact]
    public void Compute_Reductions_RelateAsDefined()
    {
        var what = new Case { Shape = [3, 2, 50], Seed = 3 };
        long[] labels = what.MakeLabels();
        double[] logits = what.MakeLogits(labels);
        double[] By(DiceReduction reduction) => Reference.Losses(what.Shape, logits, labels, new DiceOptions { Reduction = reduction }).Losses;
        double[] each = By(DiceReduction.None);
        Assert.Equal(3, each.Length);
        Assert.Equal(each.Sum(), By(DiceReduction.Sum)[0], 1e-15);
        Assert.Equal(each.Sum() / 3, By(DiceReduction.Mean)[0], 1e-15);

        // Pooling is one long volume.
        double[] joined = [.. Enumerable.Range(0, 2).SelectMany(c => Enumerable.Range(0, 150).Select(v => logits[(((v / 50 * 2) + c) * 50) + (v % 50)]))];
        Assert.Equal(Reference.Losses([1, 2, 150], joined, labels, new DiceOptions()).Losses[0], By(DiceReduction.Batch)[0], 1e-14);
    }

    [Fact]
    public void Plain_RandomCases_IsNearTheReference() => Property.Holds(Cases.Any(200, ElementType.Float32), 100, what =>
    {
        using var run = new CaseRun(what);
        ReferenceResult truth = run.Truth();
        (double[] losses, double[] gradient) = run.PlainRival();
        double scale = Math.Max(1, truth.Losses.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max()) * Conformity.LossScale(what);
        Assert.True(what.Samples == 0 || ErrorRule.LargestError(truth.Losses, losses) <= 1e-5 * scale, $"{what}: losses");
        Assert.True(ErrorRule.LargestError(truth.Gradient, gradient) <= 1e-4 * truth.GradientMagnitude, $"{what}: gradient");
    });

    [Fact]
    public void ErrorRule_WrongNumbers_AreReported()
    {
        double[] truth = [1, 0.5, -0.25, 0];
        ErrorRule.Gradient(truth, [1, 0.5, -0.25, 1.9e-6], null, ElementType.Float32, 1, "within");
        var error = Assert.ThrowsAny<Exception>(() => ErrorRule.Gradient(truth, [1, 0.5, -0.25, 2.1e-6], null, ElementType.Float32, 1, "outside"));
        Assert.Contains("outside: gradient: 1 of 4 differ.", error.Message, StringComparison.Ordinal);
        Assert.Contains("[3] truth 0, ours 2.1E-06, plain -", error.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => ErrorRule.Gradient(truth, [1, double.NaN, -0.25, 0], null, ElementType.Float32, 1, "NaN"));
        Assert.ThrowsAny<Exception>(() => ErrorRule.Gradient([1, double.NaN], [1, 0], null, ElementType.Float32, 1, "hidden NaN"));
        Assert.ThrowsAny<Exception>(() => ErrorRule.Gradient([1], [1 + (1.0 / 512)], null, ElementType.Float16, 1, "two roundings"));
        Assert.ThrowsAny<Exception>(() => ErrorRule.SameBits([0.0], [-0.0], "sign of zero"));
    }
}
