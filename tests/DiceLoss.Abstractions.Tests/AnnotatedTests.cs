using DiceLoss.Testing;

namespace DiceLoss.Abstractions.Tests;

/// <summary>What is not annotated: no loss, no coefficients, no part in averages and pools. Any options are judged in <see cref="LossOptionsTests"/>.</summary>
public sealed class AnnotatedTests
{
    // Class losses of sample 0: 1/2, 3/4; of sample 1: 1/4, 1.
    private static readonly double[] s_sums = [1, 2, 2, 1, 4, 4, 3, 4, 4, 0, 4, 4];

    [Fact]
    public void Evaluate_NotAnnotated_DoesNotCountInTheAverage()
    {
        Assert.Equal([0.625, 0.625], Losses(DiceReduction.None));
        Assert.Equal([0.75, 0.25], Losses(DiceReduction.None, false, true, true, false));
        Assert.Equal([0.0, 0.75, 0.25, 0], Losses(DiceReduction.PerClass, false, true, true, false));
        Assert.Equal([0.5], Losses(DiceReduction.Mean, false, true, true, false));
        Assert.Equal([0.625, 0.0], Losses(DiceReduction.None, true, true, false, false));
    }

    [Fact]
    public void Evaluate_Batch_PoolsWhatIsAnnotated()
    {
        // Class 0 of both samples: (2*4)/(6+6); class 1 of sample 0: 2/8.
        bool[] annotated = [true, true, true, false];
        DiceResult result = Evaluate(DiceReduction.Batch, annotated);
        Assert.Equal(((1 - (8 / 12.0)) + 0.75) / 2, result.Loss, 1e-15);

        // The same coefficients for every sample, and none for what it says nothing about.
        DiceCoefficients coefficients = CoefficientsGiven.By(result);
        Assert.Equal([-1 / 12.0, -1 / 8.0], coefficients[SumTerm.Intersection, 0].ToArray(), (x, y) => Math.Abs(x - y) < 1e-15);
        Assert.Equal([-1 / 12.0, 0], coefficients[SumTerm.Intersection, 1].ToArray(), (x, y) => Math.Abs(x - y) < 1e-15);
        Assert.Equal(coefficients[SumTerm.PredictionMass, 0][0], coefficients[SumTerm.PredictionMass, 1][0]);
        Assert.Equal(0, coefficients[SumTerm.PredictionMass, 1][1]);
    }

    [Theory]
    [InlineData(DiceReduction.None)]
    [InlineData(DiceReduction.Mean)]
    [InlineData(DiceReduction.Sum)]
    [InlineData(DiceReduction.Batch)]
    public void Coefficients_NotAnnotated_AreZeroInEveryTerm(DiceReduction reduction)
    {
        var options = new DiceOptions { Activation = Activation.Sigmoid, Reduction = reduction, CrossEntropy = new CrossEntropy(), Focal = new Focal() };
        var sums = new DiceSums(2, 2);
        foreach (SumTerm term in Enum.GetValues<SumTerm>())
        {
            for (int n = 0; n < 2; n++) sums[term, n].Fill(new CompensatedSum(2 + n, 0));
        }

        bool[] annotated = [true, false, false, true];
        DiceCoefficients coefficients = CoefficientsGiven.By(Dice.Evaluate(sums, options, ElementType.Float64, annotated));
        foreach (SumTerm term in new[]
        {
            SumTerm.Intersection, SumTerm.PredictionMass, SumTerm.LogLoss, SumTerm.ComplementLogLoss, SumTerm.FocalLoss, SumTerm.ComplementFocalLoss,
        })
        {
            for (int i = 0; i < 4; i++) Assert.Equal(annotated[i], coefficients[term, i / 2][i % 2] != 0);
        }
    }

    [Fact]
    public void Evaluate_VoxelTerms_AreDividedByWhatIsAnnotated()
    {
        var sums = new DiceSums(2, 2);
        for (int i = 0; i < 4; i++)
        {
            sums[SumTerm.VoxelMass, i / 2][i % 2] = new CompensatedSum(10 * (i + 1), 0);
            sums[SumTerm.LogLoss, i / 2][i % 2] = sums[SumTerm.FocalLoss, i / 2][i % 2] = new CompensatedSum(i + 1, 0);
        }

        // Voxels 10, 20, 30, 40 and sums 1, 2, 3, 4, of which the first and the third are known.
        bool[] annotated = [true, false, true, false];
        foreach (DiceReduction reduction in new[] { DiceReduction.Mean, DiceReduction.Batch })
        {
            var options = new DiceOptions { Activation = Activation.Sigmoid, OverlapWeight = 0, Reduction = reduction };
            Assert.Equal(4 / 40.0, Loss(options with { CrossEntropy = new CrossEntropy() }));
            foreach (FocalAverage average in Enum.GetValues<FocalAverage>()) Assert.Equal(4 / 40.0, Loss(options with { Focal = new Focal { Average = average } }));
        }

        double Loss(DiceOptions options) => Dice.Evaluate(sums, options, ElementType.Float64, annotated).Loss;
    }

    [Fact]
    public void Evaluate_AnnotatedThatDoesNotFit_IsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => Evaluate(DiceReduction.Mean, true, false, true));
        Assert.Equal("annotated", error.ParamName);
        Assert.StartsWith("Annotated has 3 values; 2 samples and 2 classes need 4.", error.Message, StringComparison.Ordinal);
        foreach (DiceOptions options in new[] { new DiceOptions { CrossEntropy = new CrossEntropy() }, new DiceOptions { Focal = new Focal(), Activation = Activation.Softmax } })
        {
            error = Assert.Throws<ArgumentException>(() => Dice.Evaluate(new DiceSums(2, 2), options, ElementType.Float32, [true, true, true, true]));
            Assert.StartsWith(
                "Where classes compete, cross-entropy and focal loss need every class annotated; Annotated goes with Activation.Sigmoid, or without those terms.",
                error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Backward_PooledResultThatIsAnnotated_BelongsToItsSamples()
    {
        var logits = new TensorDescriptor(0, Device.Cpu, ElementType.Float64, [3, 2, 0]);
        var labels = new TensorDescriptor(0, Device.Cpu, ElementType.UInt8, [3, 0]);
        Dice.Backward(Evaluate(DiceReduction.Batch), logits, labels, default, logits, inPlace: true, ReferenceProvider.Shared);
        DiceResult annotated = Evaluate(DiceReduction.Batch, true, true, true, false);
        Assert.Throws<ArgumentException>(() => Dice.Backward(
            annotated, new TensorDescriptor(0, Device.Cpu, ElementType.Float64, [3, 2, 0]), new TensorDescriptor(0, Device.Cpu, ElementType.UInt8, [3, 0]), default,
            new TensorDescriptor(0, Device.Cpu, ElementType.Float64, [3, 2, 0]), inPlace: true, ReferenceProvider.Shared));
    }

    private static double[] Losses(DiceReduction reduction, params bool[] annotated) => Evaluate(reduction, annotated).Losses.ToArray();

    private static DiceResult Evaluate(DiceReduction reduction, params bool[] annotated)
    {
        var sums = new DiceSums(2, 2);
        for (int i = 0; i < s_sums.Length; i++) sums[(SumTerm)(i % 3), i / 6][i / 3 % 2] = new CompensatedSum(s_sums[i], 0);
        return Dice.Evaluate(sums, new DiceOptions { Reduction = reduction }, ElementType.Float64, annotated);
    }
}
