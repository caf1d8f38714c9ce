using DiceLoss.Testing;
using FsCheck.Fluent;

namespace DiceLoss.Abstractions.Tests;

/// <summary>Cross-entropy and focal loss from their sums: numbers worked out by hand, and coefficients that are the derivatives.</summary>
public sealed class VoxelTermTests
{
    private static readonly SumTerm[] s_terms = [SumTerm.LogLoss, SumTerm.UniformLogLoss, SumTerm.ComplementLogLoss, SumTerm.FocalLoss, SumTerm.ComplementFocalLoss];

    [Fact]
    public void Coefficients_AnyOptions_AreTheDerivativesByTheSums() => Property.Holds(
        Arb.From(
            from isBinary in Gen.Elements(false, true)
            from crossEntropy in LossOptions.WithCrossEntropy(3, isBinary ? Activation.Sigmoid : Activation.Softmax)
            from focal in LossOptions.WithFocal(3, isBinary ? Activation.Sigmoid : Activation.Softmax)
            from hasFocal in Gen.Elements(false, true)
            from targets in Gen.Elements(Enum.GetValues<TargetKind>())
            from seed in Gen.Choose(0, 1000)
            select (hasFocal ? focal : crossEntropy, targets, seed)), 500, drawn =>
        {
            (DiceOptions options, TargetKind targets, int seed) = drawn;
            var random = new Random(seed);
            double[] point = [.. Enumerable.Range(0, 2 * 3 * s_terms.Length).Select(_ => 5 * random.NextDouble())];
            DiceCoefficients coefficients = CoefficientsGiven.By(Evaluate(options with { OverlapWeight = 0 }, targets, point));
            double[] differences = CentralDifferences.Of(point, () => Evaluate(options with { OverlapWeight = 0 }, targets, point).Losses.ToArray().Sum());
            for (int i = 0; i < point.Length; i++)
            {
                ReadOnlySpan<double> row = coefficients[s_terms[i / 6], i / 3 % 2];
                Assert.Equal(differences[i], row.IsEmpty ? 0 : row[i % 3], 1e-10);
            }
        });

    [Fact]
    public void Evaluate_BinaryCrossEntropy_IsTheMeanOverVoxelsAndClasses()
    {
        DiceSums sums = Sums(1, 2, (SumTerm.VoxelMass, [10, 6]), (SumTerm.LogLoss, [3, 1]), (SumTerm.ComplementLogLoss, [2, 4]));
        DiceOptions With(CrossEntropy crossEntropy) => new() { OverlapWeight = 0, Activation = Activation.Sigmoid, CrossEntropy = crossEntropy };
        Assert.Equal(10 / 16.0, Loss(sums, With(new CrossEntropy())), 1e-14);
        Assert.Equal(14 / 16.0, Loss(sums, With(new CrossEntropy { PositiveWeight = 2 })), 1e-14);
        Assert.Equal(((3 * 5) + (0.5 * 5)) / 16, Loss(sums, With(new CrossEntropy { ClassWeights = [3, 0.5] })), 1e-14);
        Assert.Equal(((3 * 8) + (0.5 * 6)) / 16, Loss(sums, With(new CrossEntropy { ClassWeights = [3, 0.5], PositiveWeight = 2 })), 1e-14);
        Assert.Equal(20, Loss(sums, With(new CrossEntropy { Weight = 2 }) with { Reduction = DiceReduction.Sum }), 1e-14);
    }

    [Fact]
    public void Evaluate_CrossEntropyOfMaps_IsDividedByTheVoxels()
    {
        var options = new DiceOptions { OverlapWeight = 0, CrossEntropy = new CrossEntropy { ClassWeights = [1, 3] } };
        (SumTerm, double[])[] numbers = [(SumTerm.VoxelMass, [10, 10]), (SumTerm.LabelMass, [4, 7]), (SumTerm.LogLoss, [2, 5])];
        Assert.Equal(17 / 10.0, Loss(Sums(TargetKind.Maps, 1, 2, numbers), options), 1e-14);
        Assert.Equal(17 / 25.0, Loss(Sums(TargetKind.Labels, 1, 2, numbers), options), 1e-14);
    }

    [Fact]
    public void Evaluate_OverlapThatIsInfiniteAndHasNoWeight_IsTheCrossEntropyAlone()
    {
        // -log of a score of 0: nothing of class 1 is predicted.
        DiceSums sums = Sums(
            1, 2, (SumTerm.Intersection, [2, 0]), (SumTerm.PredictionMass, [4, 0]), (SumTerm.LabelMass, [3, 1]), (SumTerm.VoxelMass, [4, 4]), (SumTerm.LogLoss, [3, 5]));
        var options = new DiceOptions { Form = LossForm.NegativeLogarithm, CrossEntropy = new CrossEntropy() };
        Assert.Equal(double.PositiveInfinity, Loss(sums, options));
        Assert.Equal(8 / 4.0, Loss(sums, options with { OverlapWeight = 0 }), 1e-14);
    }

    [Fact]
    public void Evaluate_Focal_BalancesForegroundAndBackground()
    {
        DiceSums sums = Sums(1, 2, (SumTerm.VoxelMass, [10, 10]), (SumTerm.FocalLoss, [3, 1]), (SumTerm.ComplementFocalLoss, [2, 4]));
        DiceOptions With(Focal focal, Activation activation) => new() { OverlapWeight = 0, Activation = activation, Focal = focal };

        // Where classes do not compete: alpha of each class, 1 - alpha of its absence.
        Assert.Equal(10 / 20.0, Loss(sums, With(new Focal(), Activation.Sigmoid)), 1e-14);
        Assert.Equal(((0.25 * 4) + (0.75 * 6)) / 20, Loss(sums, With(new Focal { Alpha = 0.25 }, Activation.Sigmoid)), 1e-14);
        Assert.Equal(((0.25 * 1) + (0.75 * 4)) / 10, Loss(sums, With(new Focal { Alpha = 0.25, IncludedClasses = [1] }, Activation.Sigmoid)), 1e-14);
        Assert.Equal(10 / 10.0, Loss(sums, With(new Focal { Average = FocalAverage.Voxels }, Activation.Sigmoid)), 1e-14);
        Assert.Equal(((2 * 5) + (7 * 5)) / 20.0, Loss(sums, With(new Focal { ClassWeights = [2, 7] }, Activation.Sigmoid)), 1e-14);

        // Where they do, class 0 is the background, and there is no absence.
        Assert.Equal(4 / 20.0, Loss(sums, With(new Focal(), Activation.Softmax)), 1e-14);
        Assert.Equal(((0.75 * 3) + (0.25 * 1)) / 20, Loss(sums, With(new Focal { Alpha = 0.25 }, Activation.Softmax)), 1e-14);
        Assert.Equal(4 / 10.0, Loss(sums, With(new Focal { Average = FocalAverage.Voxels }, Activation.Softmax)), 1e-14);
        Assert.Equal(2, Loss(sums, With(new Focal { Weight = 0.5 }, Activation.Softmax) with { Reduction = DiceReduction.Sum }), 1e-14);
    }

    [Fact]
    public void Evaluate_Reductions_DivideByTheBatchOrBySample()
    {
        DiceSums sums = Sums(2, 1, (SumTerm.VoxelMass, [10, 30]), (SumTerm.LogLoss, [3, 4]), (SumTerm.ComplementLogLoss, [2, 6]), (SumTerm.FocalLoss, [1, 2]), (SumTerm.ComplementFocalLoss, [0, 1]));
        DiceOptions By(DiceReduction reduction) => new()
        {
            OverlapWeight = 0,
            Activation = Activation.Sigmoid,
            CrossEntropy = new CrossEntropy(),
            Focal = new Focal(),
            Reduction = reduction,
        };
        Assert.Equal([6 / 10.0, 13 / 30.0], Dice.Evaluate(sums, By(DiceReduction.None), ElementType.Float64).Losses.ToArray(), (x, y) => Math.Abs(x - y) < 1e-14);
        Assert.Equal(19 / 40.0, Loss(sums, By(DiceReduction.Mean)), 1e-14);
        Assert.Equal(19 / 40.0, Loss(sums, By(DiceReduction.Batch)), 1e-14);
        Assert.Equal(19, Loss(sums, By(DiceReduction.Sum)), 1e-14);
    }

    [Fact]
    public void Evaluate_NothingCounts_IsZero()
    {
        foreach (Activation activation in new[] { Activation.Softmax, Activation.Sigmoid })
        {
            foreach (DiceReduction reduction in new[] { DiceReduction.Mean, DiceReduction.Sum, DiceReduction.Batch })
            {
                var options = new DiceOptions { Activation = activation, Reduction = reduction, CrossEntropy = new CrossEntropy(), Focal = new Focal(), OverlapWeight = 0 };
                Assert.Equal(0, Loss(new DiceSums(2, 3), options));
            }
        }
    }

    [Theory]
    [InlineData(SumTerm.LogLoss)]
    [InlineData(SumTerm.FocalLoss)]
    public void Evaluate_ClassOfWeightZero_HidesInfinitiesButNotWhatIsNoNumber(SumTerm term)
    {
        var options = new DiceOptions
        {
            OverlapWeight = 0,
            CrossEntropy = term == SumTerm.LogLoss ? new CrossEntropy { ClassWeights = [1, 0] } : null,
            Focal = term == SumTerm.FocalLoss ? new Focal { ClassWeights = [1, 0] } : null,
        };
        DiceSums With(double ofSecond) => Sums(1, 2, (SumTerm.VoxelMass, [5, 5]), (SumTerm.LabelMass, [5, 0]), (term, [5, ofSecond]));
        Assert.Equal(Loss(With(0), options), Loss(With(double.PositiveInfinity), options));
        Assert.Equal(double.NaN, Loss(With(double.NaN), options));

        // What is not annotated has no loss at all.
        DiceOptions apart = options with { Activation = Activation.Sigmoid };
        Assert.Equal(1, Dice.Evaluate(With(double.NaN), apart, ElementType.Float64, [true, false]).Loss);
    }

    private static double Loss(DiceSums sums, DiceOptions options) => Dice.Evaluate(sums, options, ElementType.Float64).Loss;

    private static DiceSums Sums(long samples, int classes, params (SumTerm Term, double[] Values)[] numbers) => Sums(TargetKind.Labels, samples, classes, numbers);

    private static DiceSums Sums(TargetKind targets, long samples, int classes, (SumTerm Term, double[] Values)[] numbers)
    {
        var sums = new DiceSums(samples, classes, targets);
        foreach ((SumTerm term, double[] values) in numbers)
        {
            for (int i = 0; i < values.Length; i++) sums[term, i / classes][i % classes] = new CompensatedSum(values[i], 0);
        }

        return sums;
    }

    // Two samples of three classes; the numbers are those of the terms, one after the other.
    private static DiceResult Evaluate(DiceOptions options, TargetKind targets, double[] point)
    {
        DiceSums sums = Sums(
            targets, 2, 3,
            [
                (SumTerm.VoxelMass, [9, 9, 9, 7, 7, 7]), (SumTerm.LabelMass, [4, 3, 2, 0, 6, 1]), (SumTerm.PredictionMass, [3, 3, 3, 2, 2, 3]),
                .. s_terms.Select((term, i) => (term, point[(6 * i)..(6 * (i + 1))])),
            ]);
        return Dice.Evaluate(sums, options, ElementType.Float64);
    }
}
