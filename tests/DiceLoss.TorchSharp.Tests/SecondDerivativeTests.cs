using System.Diagnostics.CodeAnalysis;
using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Under create_graph the gradient is itself differentiable: derivatives of the gradient against differences of the gradient.</summary>
public class SecondDerivativeTests
{
    public SecondDerivativeTests() => random.manual_seed(1);

    public static TheoryData<DiceReduction, Activation, int, long, int> Cases => new()
    {
        { DiceReduction.Mean, Activation.Auto, 1, -1, 3 },
        { DiceReduction.Sum, Activation.Softmax, 2, 1, 3 },
        { DiceReduction.None, Activation.Softmax, 3, 255, 4 },
        { DiceReduction.Batch, Activation.Auto, 1, 255, 3 },
        { DiceReduction.Batch, Activation.Sigmoid, 2, -1, 3 },
        { DiceReduction.Mean, Activation.Sigmoid, 1, -1, 1 },
        { DiceReduction.Mean, Activation.Auto, 1, 255, 1 },
        { DiceReduction.None, Activation.Auto, 3, -1, 1 },
        { DiceReduction.Mean, Activation.None, 2, 255, 3 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Grad_UnderCreateGraph_EqualsTheFusedGradientAndHasTheRightDerivative(
        DiceReduction reduction, Activation activation, int exponent, long ignoreLabel, int channels)
    {
        using var scope = NewDisposeScope();
        (Tensor x, Tensor y, DiceOptions options) = Case(reduction, activation, exponent, ignoreLabel, channels);
        Tensor upstream = rand(reduction == DiceReduction.None ? [2] : [], dtype: ScalarType.Float64);
        Tensor direction = rand_like(x);

        Tensor gradient = Gradient(x, y, options, upstream, createGraph: true);
        Tensor fused = Gradient(x, y, options, upstream, createGraph: false);
        AssertClose(fused, gradient, 1e-13 * Largest(fused));

        Tensor second = autograd.grad([(gradient * direction).sum()], [x])[0];
        Tensor differences = Differences(x, at => (Gradient(at, y, options, upstream, createGraph: false) * direction).sum().item<double>());
        AssertClose(differences, second, 1e-7 * Largest(differences));
    }

    [Theory]
    [InlineData(Activation.Softmax, 3)]
    [InlineData(Activation.Sigmoid, 3)]
    [InlineData(Activation.Auto, 1)]
    public void Grad_UnderCreateGraphOfConfidentVoxels_EqualsTheFusedGradientInEachElement(Activation activation, int channels)
    {
        using var scope = NewDisposeScope();
        double[] margins = [0.5, 8, 16, 25, 40, -0.5, -8, -16, -25, -40];
        Tensor y = (arange(10) % 2).reshape(1, 10).to(ScalarType.Byte), x = zeros(1, channels, 10, dtype: ScalarType.Float64);
        x[0, channels - 1] = tensor(margins);
        x.requires_grad_();
        DiceOptions options = new() { Activation = activation, Smooth = 0.125 };

        double[] ours = Values(Gradient(x, y, options, tensor(1.0), createGraph: true)), fused = Values(Gradient(x, y, options, tensor(1.0), createGraph: false));
        Assert.All(fused, value => Assert.NotEqual(0, value));
        Assert.All(ours.Zip(fused), pair => Assert.InRange(pair.First / pair.Second, 1 - 1e-12, 1 + 1e-12));
    }

    public static TheoryData<Activation, DiceReduction, int, int> NaNCases => new()
    {
        { Activation.Sigmoid, DiceReduction.Mean, -1, 1 },
        { Activation.Sigmoid, DiceReduction.None, 0, 1 },
        { Activation.Sigmoid, DiceReduction.Mean, 1, 1 }, // in the class that is left out
        { Activation.Sigmoid, DiceReduction.Batch, -1, 2 },
        { Activation.None, DiceReduction.Sum, -1, 1 },
        { Activation.Softmax, DiceReduction.Mean, 0, 2 },
    };

    [Theory]
    [MemberData(nameof(NaNCases))]
    public void Grad_UnderCreateGraphOfNaN_IsNaNWhereTheFusedGradientIs(Activation activation, DiceReduction reduction, int ignoreChannel, int exponent)
    {
        using var scope = NewDisposeScope();
        (Tensor x, Tensor y, _) = Case(reduction, activation, exponent, 255, 3);
        using (no_grad()) x[1, 1, 0, 2] = tensor(double.NaN);
        DiceOptions options = new() { Activation = activation, Reduction = reduction, IgnoreChannel = ignoreChannel, IgnoreLabel = 255, Exponent = exponent };
        Tensor upstream = ones(reduction == DiceReduction.None ? [2] : [], dtype: ScalarType.Float64);

        Tensor fused = Gradient(x, y, options, upstream, createGraph: false);
        Assert.True(fused.isnan().any().item<bool>());
        AssertClose(fused, Gradient(x, y, options, upstream, createGraph: true), 1e-13);
    }

    [Fact]
    public void Backward_UnderCreateGraph_LeadsBackToTheUpstreamGradient()
    {
        using var scope = NewDisposeScope();
        (Tensor x, Tensor y, DiceOptions options) = Case(DiceReduction.None, Activation.Auto, 1, -1, 3);
        Tensor upstream = rand([2], dtype: ScalarType.Float64).requires_grad_();
        Tensor gradient = Gradient(x, y, options, upstream, createGraph: true);

        // The gradient is linear in the upstream one.
        Tensor byUpstream = autograd.grad([gradient[1].sum()], [upstream])[0];
        AssertClose(tensor([0, (gradient[1].sum() / upstream[1]).item<double>()]), byUpstream, 1e-13);
    }

    [Fact]
    public void Grad_ThirdDerivative_EqualsDifferencesOfTheSecond()
    {
        using var scope = NewDisposeScope();
        (Tensor x, Tensor y, DiceOptions options) = Case(DiceReduction.Mean, Activation.Auto, 2, -1, 3);
        Tensor one = tensor(1.0), direction = rand_like(x);
        Tensor Second(Tensor at, bool createGraph) => autograd.grad(
            [(Gradient(at, y, options, one, createGraph: true) * direction).sum()], [at], retain_graph: createGraph, create_graph: createGraph)[0];

        Tensor third = autograd.grad([(Second(x, createGraph: true) * direction).sum()], [x])[0];
        Tensor differences = Differences(x, at => (Second(at, createGraph: false) * direction).sum().item<double>());
        AssertClose(differences, third, 1e-7 * Largest(differences));
    }

    [Fact]
    public void Backward_GradientPenalty_TrainsThroughTheLoss()
    {
        using var scope = NewDisposeScope();
        (Tensor x, Tensor y, DiceOptions options) = Case(DiceReduction.Mean, Activation.Auto, 1, -1, 3);
        Tensor loss = nn.functional.dice_loss(x, y, options);
        autograd.backward([loss], create_graph: true);
        Tensor penalty = x.grad!.pow(2).sum();
        Tensor second = autograd.grad([penalty], [x])[0];

        Tensor differences = Differences(x, at => Gradient(at, y, options, tensor(1.0), createGraph: false).pow(2).sum().item<double>());
        AssertClose(differences, second, 1e-7 * Largest(differences));
    }

    [Fact]
    public void Grad_UnderCreateGraphInFloat16_KeepsTypeAndShape()
    {
        using var scope = NewDisposeScope();
        (Tensor x, Tensor y, DiceOptions options) = Case(DiceReduction.Mean, Activation.Auto, 1, -1, 3);
        Tensor half = x.detach().to(ScalarType.Float16).requires_grad_();
        Tensor gradient = autograd.grad([nn.functional.dice_loss(half, y, options)], [half], retain_graph: true, create_graph: true)[0];
        Assert.Equal(ScalarType.Float16, gradient.dtype);
        Assert.Equal(half.shape, gradient.shape);
        Assert.True(gradient.requires_grad);
    }

    [Theory]
    [InlineData(DiceReduction.Mean, ClassAverage.All, false)]
    [InlineData(DiceReduction.None, ClassAverage.Included, false)]
    [InlineData(DiceReduction.Batch, ClassAverage.Included, true)]
    public void Grad_UnderCreateGraphWithIncludedClasses_HasTheRightDerivative(DiceReduction reduction, ClassAverage average, bool normalized)
    {
        using var scope = NewDisposeScope();
        (Tensor x, Tensor y, DiceOptions options) = Case(reduction, Activation.Auto, 1, 255, 4);
        options = options with
        {
            IncludedClasses = [1, 3],
            ClassAverage = average,
            ClassWeights = normalized ? [0.5, 1, 2, 3] : null,
            ClassWeighting = normalized ? ClassWeighting.Normalized : ClassWeighting.Raw,
        };
        Tensor upstream = rand(reduction == DiceReduction.None ? [2] : [], dtype: ScalarType.Float64), direction = rand_like(x);

        Tensor gradient = Gradient(x, y, options, upstream, createGraph: true), fused = Gradient(x, y, options, upstream, createGraph: false);
        AssertClose(fused, gradient, 1e-13 * Largest(fused));
        Tensor second = autograd.grad([(gradient * direction).sum()], [x])[0];
        Tensor differences = Differences(x, at => (Gradient(at, y, options, upstream, createGraph: false) * direction).sum().item<double>());
        AssertClose(differences, second, 1e-7 * Largest(differences));
    }

    public static TheoryData<string, DiceOptions> OtherLosses => new()
    {
        { "Jaccard", new DiceOptions { Overlap = Overlap.Jaccard } },
        { "Tversky", new DiceOptions { Overlap = Overlap.Tversky(0.3, 0.7) } },
        { "focal Dice", new DiceOptions { Gamma = 2 } },
        { "focal Dice per class", new DiceOptions { ClassGammas = [1, 2, 3] } },
        { "logarithmic Dice", new DiceOptions { Form = LossForm.NegativeLogarithm } },
        { "generalised Dice", new DiceOptions { ClassPooling = ClassPooling.InverseSquaredLabelMass } },
        { "Dice without absent classes", new DiceOptions { AbsentClasses = AbsentClasses.Excluded } },
        { "least denominator", new DiceOptions { MinDenominator = 1 } },
        { "Dice and cross-entropy", new DiceOptions { CrossEntropy = new() } },
        { "Dice and focal loss", new DiceOptions { Focal = new() } },
        { "lesser of p and t", new DiceOptions { Intersection = IntersectionForm.Minimum } },
        { "half a Dice", new DiceOptions { OverlapWeight = 0.5 } },
        { "Dice per class", new DiceOptions { Reduction = DiceReduction.PerClass } },
    };

    [Theory]
    [MemberData(nameof(OtherLosses))]
    [SuppressMessage("Usage", "xUnit1026", Justification = "The name tells the cases apart.")]
    public void Grad_UnderCreateGraphOfAnotherLoss_IsNotANumberAndTheNextCallSaysWhy(string name, DiceOptions options)
    {
        using var scope = NewDisposeScope();
        (Tensor x, Tensor y, _) = Case(DiceReduction.Mean, Activation.Auto, 1, -1, 3);
        Tensor loss = nn.functional.dice_loss(x, y, options);
        Tensor gradient = autograd.grad([loss], [x], [ones_like(loss)], retain_graph: true, create_graph: true)[0];
        Assert.Equal(x.shape, gradient.shape);
        Assert.All(Values(gradient), value => Assert.True(double.IsNaN(value)));
        Assert.All(Values(autograd.grad([gradient.pow(2).sum()], [x])[0]), value => Assert.True(double.IsNaN(value)));

        var thrown = Assert.Throws<InvalidOperationException>(() => nn.functional.dice_loss(x, y));
        Assert.Contains("Second derivatives (create_graph) exist for the Dice loss alone", thrown.Message, StringComparison.Ordinal);
        Assert.IsType<NotSupportedException>(thrown.InnerException);

        // The first derivative is there, and so is the next call.
        Tensor first = autograd.grad([nn.functional.dice_loss(x, y, options)], [x], [ones_like(loss)])[0];
        Assert.All(Values(first), value => Assert.True(double.IsFinite(value)));
    }

    private static (Tensor X, Tensor Y, DiceOptions Options) Case(
        DiceReduction reduction, Activation activation, int exponent, long ignoreLabel, int channels)
    {
        long[] shape = [2, channels, 2, 3];
        int classes = channels == 1 && activation == Activation.Auto ? 2 : channels;
        var options = new DiceOptions
        {
            Reduction = reduction,
            Activation = activation,
            Exponent = exponent,
            IgnoreLabel = ignoreLabel,
            Smooth = 0.125,
            SmoothDenominator = 0.25,
            IgnoreChannel = exponent == 3 ? 0 : -1,
            ClassWeights = exponent == 2 ? [.. Enumerable.Range(1, classes).Select(k => 0.3 * k)] : null,
        };
        Tensor x = RandomCase.Logits(shape, ScalarType.Float64, 8);
        if (activation == Activation.None) x = x.sigmoid();
        return (x.requires_grad_(), RandomCase.Labels(shape, ScalarType.Int32, 8, ignoreLabel == -1 ? null : ignoreLabel), options);
    }

    private static Tensor Gradient(Tensor x, Tensor y, DiceOptions options, Tensor upstream, bool createGraph) =>
        autograd.grad([nn.functional.dice_loss(x, y, options)], [x], [upstream], retain_graph: createGraph, create_graph: createGraph)[0];

    // Fourth-order central differences in each coordinate.
    private static Tensor Differences(Tensor x, Func<Tensor, double> function)
    {
        const double Step = 1e-3;
        double[] at = Values(x), differences = new double[at.Length];
        for (int i = 0; i < at.Length; i++)
        {
            int index = i;
            double Moved(double steps)
            {
                using var scope = NewDisposeScope();
                double[] moved = [.. at];
                moved[index] += steps * Step;
                return function(tensor(moved).reshape(x.shape).requires_grad_());
            }

            differences[i] = ((8 * (Moved(1) - Moved(-1))) - (Moved(2) - Moved(-2))) / (12 * Step);
        }

        return tensor(differences).reshape(x.shape);
    }
}
