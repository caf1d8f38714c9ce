using FsCheck;
using FsCheck.Fluent;

namespace DiceLoss.Testing;

/// <summary>Random choices of what the loss is, for a given number of classes: any combination that the checks accept.</summary>
public static class LossOptions
{
    /// <summary>Options over everything that concerns sums: overlap, form, smoothing, classes, weights, pooling and reduction.</summary>
    /// <param name="classes">K.</param>
    public static Gen<DiceOptions> Generator(int classes) =>
        from overlap in Gen.Elements(Overlap.Dice, Overlap.Jaccard, Overlap.Matthews, Overlap.Tversky(0.3, 0.7), Overlap.Tversky(1.5, 0), Overlap.Tversky(0, 0.4))
        from form in Gen.Elements(overlap is MatthewsOverlap // whose scores pass through 0, where a logarithm has no derivative
            ? [LossForm.Complement, LossForm.Negative, LossForm.LogCosh]
            : Enum.GetValues<LossForm>())
        from gamma in Gen.Elements(1, 0.75, 4.0 / 3, 2)
        from gammas in Gen.Elements(false, false, true)
        from smooth in Gen.Elements((0.0, 0.0), (1, 1), (1e-5, 1e-5), (0.5, 2), (0, 0.1))
        from minDenominator in Gen.Elements(0, 1e-7, 1e3)
        from minScore in Gen.Elements(1e-7, 0.999)
        from included in Gen.Elements<ClassSet?>(null, null, [0], [.. Enumerable.Range(1, classes - 1)])
        from ignoreChannel in Gen.Elements(-1, -1, 0, classes - 1)
        from absent in Gen.Elements(Enum.GetValues<AbsentClasses>())
        from pooling in Gen.Elements([.. Enum.GetValues<ClassPooling>(), ClassPooling.None])
        from weights in Gen.Elements<ClassWeights?>(null, null, [.. Enumerable.Range(0, classes).Select(k => 0.3 + (0.4 * k))], [.. Enumerable.Range(0, classes).Select(k => (double)(k % 2))])
        from weighting in Gen.Elements(Enum.GetValues<ClassWeighting>())
        from average in Gen.Elements(Enum.GetValues<ClassAverage>())
        from reduction in Gen.Elements(Enum.GetValues<DiceReduction>())
        from exponent in Gen.Elements(1, 1, 2, 3)
        select new DiceOptions
        {
            Overlap = overlap,
            Form = form,
            Gamma = form == LossForm.Complement ? gamma : 1,
            ClassGammas = gammas && form == LossForm.Complement && pooling == ClassPooling.None ? [.. Enumerable.Range(0, classes).Select(k => 1 + (0.5 * k))] : null,
            SmoothNumerator = smooth.Item1,
            SmoothDenominator = smooth.Item2,
            MinDenominator = minDenominator,
            MinScore = minScore,
            IncludedClasses = included,
            IgnoreChannel = ignoreChannel,
            AbsentClasses = absent,
            ClassPooling = reduction == DiceReduction.PerClass ? ClassPooling.None : pooling,
            ClassWeights = weights,
            ClassWeighting = weighting,
            ClassAverage = average,
            Reduction = reduction,

            // P - I is no count with another exponent. With one above 2, P + T - I of soft targets can be 0 or less, and a score more than 1, at which powers of
            // what it lacks to 1 have no derivative.
            Exponent = overlap is MatthewsOverlap or TverskyOverlap ? 1 : overlap is JaccardOverlap || gamma != 1 || gammas ? Math.Min(exponent, 2) : exponent,
        };

    /// <summary>The same with cross-entropy beside the overlap.</summary>
    /// <param name="channels">C.</param>
    /// <param name="activation">Softmax, or one of the sigmoids.</param>
    public static Gen<DiceOptions> WithCrossEntropy(int channels, Activation activation) =>
        from options in Generator(ClassCount(channels, activation))
        from overlapWeight in Gen.Elements(0, 1, 0.5)
        from weight in Gen.Elements(1, 2.5)
        from smoothing in Gen.Elements(0, 0, 0.1, 1)
        from weights in Weights(ClassCount(channels, activation))
        from positive in Gen.Elements<double?>(null, 3)
        let hasPositive = positive is not null && activation != Activation.Softmax
        select options with
        {
            Activation = activation,
            Reduction = options.Reduction == DiceReduction.PerClass ? DiceReduction.None : options.Reduction,
            OverlapWeight = overlapWeight,
            CrossEntropy = new CrossEntropy
            {
                Weight = weight,
                LabelSmoothing = activation == Activation.Sigmoid ? 0 : smoothing,
                ClassWeights = hasPositive && activation == Activation.TwoClassSigmoid ? null : weights,
                PositiveWeight = hasPositive ? positive : null,
            },
        };

    /// <summary>The same with the focal loss, mostly without cross-entropy.</summary>
    /// <inheritdoc cref="WithCrossEntropy"/>
    public static Gen<DiceOptions> WithFocal(int channels, Activation activation) =>
        from options in WithCrossEntropy(channels, activation)
        from both in Gen.Elements(false, false, true)
        from weight in Gen.Elements(1, 0.5)
        from gamma in Gen.Elements(2, 2, 0, 0.5, 1, 3.5)
        from alpha in Gen.Elements<double?>(null, 0.25, 1)
        from weights in Weights(ClassCount(channels, activation))
        from included in Gen.Elements<ClassSet?>(null, null, [0], [.. Enumerable.Range(1, ClassCount(channels, activation) - 1)])
        from average in Gen.Elements(Enum.GetValues<FocalAverage>())
        select options with
        {
            CrossEntropy = both ? options.CrossEntropy! with { LabelSmoothing = 0 } : null,
            Focal = new Focal { Weight = weight, Gamma = gamma, Alpha = alpha, ClassWeights = weights, IncludedClasses = included, Average = average },
        };

    private static int ClassCount(int channels, Activation activation) => activation == Activation.TwoClassSigmoid ? 2 : channels;

    private static Gen<ClassWeights?> Weights(int classes) => Gen.Elements<ClassWeights?>(
        null, [.. Enumerable.Range(0, classes).Select(k => 0.3 + (0.4 * k))], [.. Enumerable.Range(0, classes).Select(k => (double)(k % 2))]);
}
