using DiceLoss.Testing;
using FsCheck.Fluent;

namespace DiceLoss.Abstractions.Tests;

/// <summary>Every combination of options: the loss as its definition says, and derivatives that are those of the loss.</summary>
public sealed class LossOptionsTests
{
    private const int Samples = 2, Classes = 3;

    [Fact]
    public void Evaluate_AnyOptions_AgreeWithTheDefinition() => Property.Holds(
        Arb.From(
            from options in LossOptions.Generator(Classes)
            from seed in Gen.Choose(0, 1000)
            from annotated in Gen.OneOf(Gen.Constant<bool[]>([]), Gen.ArrayOf(Gen.Elements(true, true, false), Samples * Classes))
            select (options, seed, annotated)), 3000, drawn =>
        {
            (DiceOptions options, int seed, bool[] annotated) = drawn;
            double[] point = Point(seed);
            DiceResult result = Evaluate(point, options, annotated);
            double[] truth = LossReference.Losses(Reference(point, annotated), options), ours = result.Losses.ToArray();
            Assert.Equal(truth.Length, ours.Length);
            for (int i = 0; i < truth.Length; i++) Assert.Equal(truth[i], ours[i], 1e-12 * Math.Max(1, Math.Abs(truth[i])));

            DiceCoefficients coefficients = CoefficientsGiven.By(result);
            double[] differences = CentralDifferences.Of(point, () => LossReference.Losses(Reference(point, annotated), options).Sum());
            for (int i = 0; i < point.Length; i++)
            {
                (int n, int k, int term) = (i / 3 / Classes, i / 3 % Classes, i % 3);
                if (term == 2 || (term == 0 && point[i + 2] == 0)) continue; // labels have no derivative, and without labels nothing has I
                if (annotated.Length > 0 && !annotated[i / 3]) Assert.Equal((0, 0), (coefficients[SumTerm.Intersection, n][k], coefficients[SumTerm.PredictionMass, n][k]));
                double derivative = term == 0 ? coefficients[SumTerm.Intersection, n][k] : coefficients[SumTerm.PredictionMass, n][k];
                Assert.Equal(differences[i], derivative, 1e-8);
            }
        });

    [Fact]
    public void Check_OptionsThatContradictEachOther_AreRefused()
    {
        Refused(new DiceOptions { ClassPooling = ClassPooling.Uniform, Reduction = DiceReduction.PerClass },
            "With ClassPooling.Uniform the classes have one score together; DiceReduction.PerClass and ClassGammas need one for each.");
        Refused(new DiceOptions { ClassPooling = ClassPooling.Uniform, ClassGammas = [1, 2, 3] },
            "With ClassPooling.Uniform the classes have one score together; DiceReduction.PerClass and ClassGammas need one for each.");
        Refused(new DiceOptions { Form = LossForm.LogCosh, Gamma = 2 }, "Gamma belongs to LossForm.Complement; the form is LogCosh.");
        Refused(new DiceOptions { Form = LossForm.LogCosh, ClassGammas = [1, 2, 3] }, "Gamma belongs to LossForm.Complement; the form is LogCosh.");
        Refused(new DiceOptions { IncludedClasses = [1, 3] }, "IncludedClasses is [1, 3], but there are 3 classes, 0 to 2.");
        Refused(new DiceOptions { ClassGammas = [1, 2] }, "ClassGammas has 2 exponents for 3 classes.");
        Refused(new DiceOptions { CrossEntropy = new CrossEntropy { ClassWeights = [1, 2] } }, "CrossEntropy.ClassWeights has 2 weights for 3 classes.");
        Refused(new DiceOptions { CrossEntropy = new CrossEntropy(), Reduction = DiceReduction.PerClass },
            "CrossEntropy is one number for all classes; there is none for DiceReduction.PerClass.");
        Refused(new DiceOptions { CrossEntropy = new CrossEntropy(), Activation = Activation.None }, "CrossEntropy needs logits; the activation is None.");
        Refused(new DiceOptions { CrossEntropy = new CrossEntropy { PositiveWeight = 2 } },
            "CrossEntropy.PositiveWeight is for one channel with two classes, without ClassWeights, or for Activation.Sigmoid; there are 3 classes.");
        Refused(new DiceOptions { CrossEntropy = new CrossEntropy { ClassWeights = [1, 2], PositiveWeight = 2 } },
            "CrossEntropy.PositiveWeight is for one channel with two classes, without ClassWeights, or for Activation.Sigmoid; there are 2 classes.", classes: 2);

        Refused(new DiceOptions { CrossEntropy = new CrossEntropy { LabelSmoothing = 0.1 }, Activation = Activation.Sigmoid },
            "CrossEntropy.LabelSmoothing spreads over classes that compete, without Focal; the activation is Sigmoid.");
        Refused(new DiceOptions { CrossEntropy = new CrossEntropy { LabelSmoothing = 0.1 }, Focal = new Focal() },
            "CrossEntropy.LabelSmoothing spreads over classes that compete, without Focal; the activation is Auto.");
        Refused(new DiceOptions { CrossEntropy = new CrossEntropy { ClassWeights = [1], PositiveWeight = 2 }, Activation = Activation.Sigmoid },
            "CrossEntropy.ClassWeights has 1 weights for 3 classes.");
        Refused(new DiceOptions { Focal = new Focal(), Reduction = DiceReduction.PerClass }, "Focal is one number for all classes; there is none for DiceReduction.PerClass.");
        Refused(new DiceOptions { Focal = new Focal(), Activation = Activation.None }, "Focal needs logits; the activation is None.");
        Refused(new DiceOptions { Focal = new Focal { ClassWeights = [1, 2] } }, "Focal.ClassWeights has 2 weights for 3 classes.");
        Refused(new DiceOptions { Focal = new Focal { IncludedClasses = [1, 3] } }, "Focal.IncludedClasses is [1, 3], but there are 3 classes, 0 to 2.");
        Refused(new DiceOptions { Intersection = IntersectionForm.Minimum, Exponent = 2 },
            "IntersectionForm.Minimum is for exponent 1; the exponent is 2. Its counterpart for 2 is Product.");
        Refused(new DiceOptions { HardPrediction = HardPrediction.Argmax, Activation = Activation.Sigmoid },
            "HardPrediction.Argmax needs two classes or more; for one, Threshold.", classes: 1);
        Refused(new DiceOptions { CrossEntropy = new CrossEntropy { PositiveWeight = 3 }, Activation = Activation.Softmax },
            "CrossEntropy.PositiveWeight is for Activation.TwoClassSigmoid and Sigmoid; the activation is Softmax.", classes: 2);
        Refused(new DiceOptions { Activation = Activation.TwoClassSigmoid }, "Activation.TwoClassSigmoid makes two classes; there are 3.");
        Refused(new DiceOptions { Activation = Activation.Softmax }, "Activation.Softmax makes two classes or more; there are 1.", classes: 1);

        static void Refused(DiceOptions options, string message, int classes = Classes)
        {
            var error = Assert.Throws<ArgumentException>(() => Dice.Evaluate(new DiceSums(1, classes), options));
            Assert.Equal("options", error.ParamName);
            Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Set_ValueOutOfRange_NamesTheOption()
    {
        Assert.Equal(nameof(DiceOptions.Gamma), Assert.Throws<ArgumentOutOfRangeException>(() => new DiceOptions { Gamma = 0 }).ParamName);
        Assert.Equal(nameof(DiceOptions.ClassGammas), Assert.Throws<ArgumentOutOfRangeException>(() => new DiceOptions { ClassGammas = [1, 0] }).ParamName);
        Assert.Equal(nameof(DiceOptions.MinScore), Assert.Throws<ArgumentOutOfRangeException>(() => new DiceOptions { MinScore = -1 }).ParamName);
        Assert.Equal(nameof(DiceOptions.MinDenominator), Assert.Throws<ArgumentOutOfRangeException>(() => new DiceOptions { MinDenominator = double.NaN }).ParamName);
        Assert.Equal(nameof(DiceOptions.Overlap), Assert.Throws<ArgumentNullException>(() => new DiceOptions { Overlap = null! }).ParamName);
        Assert.Equal(nameof(DiceOptions.Form), Assert.Throws<ArgumentOutOfRangeException>(() => new DiceOptions { Form = (LossForm)9 }).ParamName);
        Assert.Equal(nameof(DiceOptions.OverlapWeight), Assert.Throws<ArgumentOutOfRangeException>(() => new DiceOptions { OverlapWeight = -1 }).ParamName);
        Assert.Equal(nameof(CrossEntropy.Weight), Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropy { Weight = double.NaN }).ParamName);
        Assert.Equal(nameof(CrossEntropy.LabelSmoothing), Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropy { LabelSmoothing = 1.1 }).ParamName);
        Assert.Equal(nameof(CrossEntropy.PositiveWeight), Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropy { PositiveWeight = -1 }).ParamName);
        Assert.Equal(nameof(DiceOptions.Intersection), Assert.Throws<ArgumentOutOfRangeException>(() => new DiceOptions { Intersection = (IntersectionForm)2 }).ParamName);
        Assert.Equal(nameof(DiceOptions.HardPrediction), Assert.Throws<ArgumentOutOfRangeException>(() => new DiceOptions { HardPrediction = (HardPrediction)3 }).ParamName);
        Assert.Equal(nameof(Focal.Weight), Assert.Throws<ArgumentOutOfRangeException>(() => new Focal { Weight = -1 }).ParamName);
        Assert.Equal(nameof(Focal.Gamma), Assert.Throws<ArgumentOutOfRangeException>(() => new Focal { Gamma = double.NaN }).ParamName);
        Assert.StartsWith("Gamma is 1E+300; it is from 0 to 1E+30.", Assert.Throws<ArgumentOutOfRangeException>(() => new Focal { Gamma = 1e300 }).Message, StringComparison.Ordinal);
        Assert.Equal(nameof(Focal.Alpha), Assert.Throws<ArgumentOutOfRangeException>(() => new Focal { Alpha = 1.1 }).ParamName);
        Assert.Equal(nameof(Focal.Alpha), Assert.Throws<ArgumentOutOfRangeException>(() => new Focal { Alpha = double.NaN }).ParamName);
        Assert.Equal(nameof(Focal.Average), Assert.Throws<ArgumentOutOfRangeException>(() => new Focal { Average = (FocalAverage)2 }).ParamName);
        Assert.Equal("classes", Assert.Throws<ArgumentOutOfRangeException>(() => ClassSet.Create([0, -1])).ParamName);
        Assert.Equal("classes", Assert.Throws<ArgumentException>(() => ClassSet.Create([2, 1, 2])).ParamName);
    }

    [Fact]
    public void ClassSet_SameClasses_AreEqualInAnyOrder()
    {
        ClassSet set = [2, 0], same = [0, 2], other = [0, 1];
        Assert.Equal([0, 2], set);
        Assert.True(set.Equals(same));
        Assert.Equal(set.GetHashCode(), same.GetHashCode());
        Assert.False(set.Equals(other));
        Assert.True(set.Contains(2));
        Assert.False(set.Contains(1));
        Assert.Equal("[0, 2]", set.ToString());
    }

    // I, P, T per sample and class; now and then a class is absent.
    private static double[] Point(int seed)
    {
        var random = new Random(seed);
        double[] point = new double[3 * Samples * Classes];
        for (int i = 0; i < point.Length; i += 3)
        {
            bool absent = random.Next(5) == 0;
            (point[i], point[i + 1], point[i + 2]) = (absent ? 0 : 1 + (3 * random.NextDouble()), 5 + (10 * random.NextDouble()), absent ? 0 : 5 + (10 * random.NextDouble()));
        }

        return point;
    }

    private static ReferenceSums[] Reference(double[] point, bool[] annotated)
    {
        ReferenceSums[] sums = [.. Enumerable.Range(0, Samples).Select(_ => new ReferenceSums(Classes))];
        foreach (ReferenceSums sample in sums) Array.Fill(sample.VoxelMass, 40);
        for (int i = 0; i < point.Length; i++)
        {
            ReferenceSums sample = sums[i / 3 / Classes];
            double[] term = (i % 3) switch { 0 => sample.Intersection, 1 => sample.PredictionMass, _ => sample.LabelMass };
            term[i / 3 % Classes] = point[i];
            if (annotated.Length > 0) sample.Annotated[i / 3 % Classes] = annotated[i / 3];
        }

        return sums;
    }

    private static DiceResult Evaluate(double[] point, DiceOptions options, bool[] annotated)
    {
        var sums = new DiceSums(Samples, Classes);
        for (int n = 0; n < Samples; n++) sums[SumTerm.VoxelMass, n].Fill(new CompensatedSum(40, 0));
        for (int i = 0; i < point.Length; i++) sums[(SumTerm)(i % 3), i / 3 / Classes][i / 3 % Classes] = new CompensatedSum(point[i], 0);
        return Dice.Evaluate(sums, options, ElementType.Float64, annotated);
    }
}
