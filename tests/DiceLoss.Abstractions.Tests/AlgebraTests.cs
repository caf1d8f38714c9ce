using DiceLoss.Testing;

namespace DiceLoss.Abstractions.Tests;

/// <summary>The coefficients that providers get are the derivatives of the loss by the sums.</summary>
public sealed class AlgebraTests
{
    public static TheoryData<DiceReduction, bool, int, ClassAverage, double> Options()
    {
        var data = new TheoryData<DiceReduction, bool, int, ClassAverage, double>();
        foreach (DiceReduction reduction in Enum.GetValues<DiceReduction>())
        {
            foreach (bool weighted in new[] { false, true })
            {
                foreach (int ignoreChannel in new[] { -1, 1, 4 })
                {
                    data.Add(reduction, weighted, ignoreChannel, ClassAverage.All, 0);
                    data.Add(reduction, weighted, ignoreChannel, ClassAverage.Included, 0.7);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Coefficients_AgreeWithCentralDifferencesOverTheSums(
        DiceReduction reduction, bool weighted, int ignoreChannel, ClassAverage average, double smooth)
    {
        var options = new DiceOptions
        {
            Reduction = reduction,
            ClassWeights = weighted ? [0.5, 2, 0] : null,
            IgnoreChannel = ignoreChannel,
            ClassAverage = average,
            SmoothNumerator = smooth,
            SmoothDenominator = 2 * smooth,
        };

        // Per sample and class: I, P, T.
        double[] point = [.. Enumerable.Range(0, 18).Select(i => i % 3 == 0 ? 1.5 + (0.3 * i) : 4 + (0.7 * i))];
        DiceCoefficients coefficients = CoefficientsGiven.By(Evaluate(point, options));
        double[] differences = CentralDifferences.Of(point, () => Evaluate(point, options).Losses.ToArray().Sum());
        for (int i = 0; i < point.Length; i++)
        {
            (int n, int k) = (i / 9, i / 3 % 3);
            if (i % 3 == 0) Assert.Equal(differences[i], coefficients[SumTerm.Intersection, n][k], 1e-11);
            if (i % 3 == 1) Assert.Equal(differences[i], coefficients[SumTerm.PredictionMass, n][k], 1e-11);
        }
    }

    [Fact]
    public void Evaluate_LossesOfOne_AverageToOneToTheLastBit()
    {
        for (int classes = 1; classes <= 300; classes++)
        {
            double[] absent = [.. Enumerable.Range(0, 3 * classes).Select(i => i % 3 == 1 ? 1.0 : 0)];
            Assert.Equal(1, Evaluate(absent, new DiceOptions(), samples: 1, classes).Loss);
        }
    }

    [Fact]
    public void Evaluate_DenominatorZero_HasNoLossAndNoDerivative()
    {
        DiceResult result = Evaluate([0, 0, 0, 1, 2, 2], new DiceOptions { Reduction = DiceReduction.None, ClassWeights = [1, 1] }, samples: 1, classes: 2);
        Assert.Equal(0.5, result.Losses[0]);
        DiceCoefficients coefficients = CoefficientsGiven.By(result);
        Assert.Equal(0, coefficients[SumTerm.Intersection, 0][0]);
        Assert.Equal(0, coefficients[SumTerm.PredictionMass, 0][0]);
        Assert.NotEqual(0, coefficients[SumTerm.Intersection, 0][1]);
    }

    [Fact]
    public void Evaluate_NotANumberInOneClass_LeavesNoCoefficientOfTheSampleANumber()
    {
        DiceResult result = Evaluate(
            [1, 2, 3, double.NaN, 2, 3, 1, 2, 3, 1, 2, 3], new DiceOptions { Reduction = DiceReduction.None }, samples: 2, classes: 2);
        Assert.True(double.IsNaN(result.Losses[0]));
        Assert.True(double.IsFinite(result.Losses[1]));
        DiceCoefficients coefficients = CoefficientsGiven.By(result);
        Assert.All(coefficients[SumTerm.Intersection, 0].ToArray().Concat(coefficients[SumTerm.PredictionMass, 0].ToArray()), value => Assert.True(double.IsNaN(value)));
        Assert.All(coefficients[SumTerm.Intersection, 1].ToArray().Concat(coefficients[SumTerm.PredictionMass, 1].ToArray()), value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void Evaluate_LogarithmOfNothingFound_IsInfiniteAndHasNoDerivative()
    {
        DiceResult result = Evaluate([1, 2, 3, 0, 2, 0], new DiceOptions { Form = LossForm.NegativeLogarithm }, samples: 1, classes: 2);
        Assert.Equal(double.PositiveInfinity, result.Loss);
        DiceCoefficients coefficients = CoefficientsGiven.By(result);
        Assert.Equal((0, 0), (coefficients[SumTerm.Intersection, 0][1], coefficients[SumTerm.PredictionMass, 0][1]));
        Assert.True(coefficients[SumTerm.Intersection, 0][0] < 0 && double.IsFinite(coefficients[SumTerm.PredictionMass, 0][0]));
    }

    [Fact]
    public void Evaluate_PoolWithoutLabels_HidesNoNumberThatIsNone()
    {
        var options = new DiceOptions { ClassPooling = ClassPooling.Uniform, AbsentClasses = AbsentClasses.Zero };
        Assert.Equal(0, Evaluate([0, 2, 0, 0, 1, 0], options, samples: 1, classes: 2).Loss);
        Assert.Equal(double.NaN, Evaluate([0, 2, 0, double.NaN, double.NaN, 0], options, samples: 1, classes: 2).Loss);
    }

    [Fact]
    public void Evaluate_PoolOfNoClass_IsZeroInEveryForm()
    {
        foreach (LossForm form in Enum.GetValues<LossForm>())
        {
            var options = new DiceOptions { IgnoreChannel = 0, ClassPooling = ClassPooling.Uniform, Form = form, Smooth = 1, Activation = Activation.Sigmoid };
            Assert.Equal(0, Evaluate([1, 2, 2], options, samples: 1, classes: 1).Loss);
        }
    }

    [Theory]
    [InlineData(ClassPooling.InverseSquaredLabelMass, 1e-160)]
    [InlineData(ClassPooling.InverseSquaredLabelMass, 0)]
    [InlineData(ClassPooling.InverseLabelMass, 1e-310)]
    public void Evaluate_PoolWithAClassNextToNothing_GivesItTheLargestWeightOfTheOthers(ClassPooling pooling, double labelMass)
    {
        // Two classes of one weight are scored as one region.
        double loss = Evaluate([1, 2, 2, 0, 1, labelMass], new DiceOptions { ClassPooling = pooling }, samples: 1, classes: 2).Loss;
        Assert.Equal(1 - (2 / 5.0), loss, 1e-15);
    }

    [Fact]
    public void Evaluate_LossType_DecidesTheRounding()
    {
        double[] sums = [1, 2, 5];
        Assert.Equal(1 - (2 / 7.0), Evaluate(sums, DiceOptions.Default, 1, 1).Loss);
        DiceResult single = Dice.Evaluate(Sums(sums, 1, 1), DiceOptions.Default, ElementType.Float32);
        Assert.Equal((double)(float)(1 - (2 / 7.0)), single.Loss);
        Assert.Equal(ElementType.Float32, single.LossType);
    }

    [Fact]
    public void Evaluate_IgnoredChannel_CountsInTheAverageOnlyByDefault()
    {
        // Class losses 1/2 and 3/4.
        double[] sums = [1, 2, 2, 1, 4, 4];
        Assert.Equal(0.625, Evaluate(sums, DiceOptions.Default, 1, 2).Loss);
        Assert.Equal(0.375, Evaluate(sums, new DiceOptions { IgnoreChannel = 0 }, 1, 2).Loss);
        Assert.Equal(0.75, Evaluate(sums, new DiceOptions { IgnoreChannel = 0, ClassAverage = ClassAverage.Included }, 1, 2).Loss);
        Assert.Equal(2.25, Evaluate(sums, new DiceOptions { IgnoreChannel = 0, ClassWeights = [5, 3] }, 1, 2).Loss);
        Assert.Equal((5 * 0.5) + (3 * 0.75), Evaluate(sums, new DiceOptions { ClassWeights = [5, 3] }, 1, 2).Loss);
    }

    [Theory]
    [InlineData(0, null, null, 1 - (2 / 6.0))]
    [InlineData(1, null, null, 1 - (3 / 7.0))]
    [InlineData(1, 0.0, null, 1 - (2 / 7.0))]
    [InlineData(1, null, 0.0, 1 - (3 / 6.0))]
    [InlineData(9, 0.5, 4.0, 1 - (2.5 / 10))]
    public void Evaluate_Smooth_BelongsToNumeratorAndDenominatorUnlessSetApart(double smooth, double? numerator, double? denominator, double expected)
    {
        var options = new DiceOptions { Smooth = smooth, SmoothNumerator = numerator, SmoothDenominator = denominator };
        Assert.Equal(expected, Evaluate([1, 2, 4], options, 1, 1).Loss, 1e-15);
    }

    [Fact]
    public void Evaluate_OnlyClassIgnored_LossIsZero()
    {
        foreach (ClassAverage average in Enum.GetValues<ClassAverage>())
        {
            DiceResult result = Evaluate([1, 2, 2], new DiceOptions { IgnoreChannel = 0, ClassAverage = average, Activation = Activation.Sigmoid }, 1, 1);
            Assert.Equal(0, result.Loss);
        }
    }

    [Fact]
    public void Loss_WithoutReduction_SaysWhereTheLossesAre()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Evaluate([1, 2, 2], new DiceOptions { Reduction = DiceReduction.None }, 1, 1).Loss);
        Assert.Equal("With DiceReduction.None there are several losses: read Losses.", error.Message);
    }

    private static DiceSums Sums(double[] values, int samples, int classes)
    {
        var sums = new DiceSums(samples, classes);
        for (int i = 0; i < values.Length; i++)
        {
            sums[(SumTerm)(i % 3), i / 3 / classes][i / 3 % classes] = new CompensatedSum(values[i], 0);
        }

        return sums;
    }

    private static DiceResult Evaluate(double[] values, DiceOptions options, int samples = 2, int classes = 3) =>
        Dice.Evaluate(Sums(values, samples, classes), options, ElementType.Float64);
}
