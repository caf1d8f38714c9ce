namespace DiceLoss.Native.Json;

/// <summary>Every option, by its name in JSON: that of its property, in the spelling of C. <c>include/diceloss.h</c> describes them.</summary>
internal static class OptionTables
{
    /// <summary>Those of <see cref="CrossEntropy"/>.</summary>
    public static OptionTable<CrossEntropy> CrossEntropy { get; } = new(new CrossEntropy(), new()
    {
        ["weight"] = (term, value) => term with { Weight = value.Number() },
        ["class_weights"] = (term, value) => term with { ClassWeights = value.WeightsOrNull() },
        ["label_smoothing"] = (term, value) => term with { LabelSmoothing = value.Number() },
        ["positive_weight"] = (term, value) => term with { PositiveWeight = value.NumberOrNull() },
    });

    /// <summary>Those of <see cref="Focal"/>.</summary>
    public static OptionTable<Focal> Focal { get; } = new(new Focal(), new()
    {
        ["weight"] = (term, value) => term with { Weight = value.Number() },
        ["gamma"] = (term, value) => term with { Gamma = value.Number() },
        ["alpha"] = (term, value) => term with { Alpha = value.NumberOrNull() },
        ["class_weights"] = (term, value) => term with { ClassWeights = value.WeightsOrNull() },
        ["included_classes"] = (term, value) => term with { IncludedClasses = value.ClassesOrNull() },
        ["average"] = (term, value) => term with { Average = value.Word<FocalAverage>() },
    });

    /// <summary>Those of <see cref="DiceOptions"/>.</summary>
    public static OptionTable<DiceOptions> Dice { get; } = new(DiceOptions.Default, new()
    {
        ["smooth"] = (options, value) => options with { Smooth = value.Number() },
        ["smooth_numerator"] = (options, value) => options with { SmoothNumerator = value.NumberOrNull() },
        ["smooth_denominator"] = (options, value) => options with { SmoothDenominator = value.NumberOrNull() },
        ["min_denominator"] = (options, value) => options with { MinDenominator = value.Number() },
        ["exponent"] = (options, value) => options with { Exponent = value.Integer() },
        ["ignore_label"] = (options, value) => options with { IgnoreLabel = value.LongInteger() },
        ["ignore_channel"] = (options, value) => options with { IgnoreChannel = value.Integer() },
        ["included_classes"] = (options, value) => options with { IncludedClasses = value.ClassesOrNull() },
        ["class_weights"] = (options, value) => options with { ClassWeights = value.WeightsOrNull() },
        ["class_weighting"] = (options, value) => options with { ClassWeighting = value.Word<ClassWeighting>() },
        ["class_average"] = (options, value) => options with { ClassAverage = value.Word<ClassAverage>() },
        ["class_pooling"] = (options, value) => options with { ClassPooling = value.Word<ClassPooling>() },
        ["absent_classes"] = (options, value) => options with { AbsentClasses = value.Word<AbsentClasses>() },
        ["activation"] = (options, value) => options with { Activation = value.Word<Activation>() },
        ["overlap"] = (options, value) => options with { Overlap = OverlapReader.Read(value) },
        ["overlap_weight"] = (options, value) => options with { OverlapWeight = value.Number() },
        ["form"] = (options, value) => options with { Form = value.Word<LossForm>() },
        ["gamma"] = (options, value) => options with { Gamma = value.Number() },
        ["class_gammas"] = (options, value) => options with { ClassGammas = value.WeightsOrNull() },
        ["min_score"] = (options, value) => options with { MinScore = value.Number() },
        ["intersection"] = (options, value) => options with { Intersection = value.Word<IntersectionForm>() },
        ["cross_entropy"] = (options, value) => options with { CrossEntropy = value.ObjectOrNull(CrossEntropy) },
        ["focal"] = (options, value) => options with { Focal = value.ObjectOrNull(Focal) },
        ["hard_prediction"] = (options, value) => options with { HardPrediction = value.Word<HardPrediction>() },
        ["reduction"] = (options, value) => options with { Reduction = value.Word<DiceReduction>() },
    });
}
