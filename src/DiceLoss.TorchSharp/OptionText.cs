using System.Globalization;

namespace DiceLoss.TorchSharp;

/// <summary>Options in words, under the names that TorchSharp's users give them.</summary>
internal static class OptionText
{
    /// <summary>As <c>weight: null, ignore_channel: -1, ...</c>: what every loss has, then whatever is not at its default.</summary>
    public static string Of(DiceOptions options)
    {
        DiceOptions byDefault = DiceOptions.Default;
        List<string> shown = [];
        Show("weight", options.ClassWeights);
        Show("ignore_channel", options.IgnoreChannel);
        Show("ignore_label", options.IgnoreLabel);
        Show("smooth", options.Smooth);
        Show("p", options.Exponent);
        Show("reduction", options.Reduction);
        ShowUnless(byDefault.Activation, "activation", options.Activation);
        ShowUnless(byDefault.Overlap, "overlap", options.Overlap);
        ShowUnless(byDefault.OverlapWeight, "overlap_weight", options.OverlapWeight);
        ShowUnless(byDefault.CrossEntropy, "cross_entropy", options.CrossEntropy);
        ShowUnless(byDefault.Focal, "focal", options.Focal);
        ShowUnless(byDefault.Form, "form", options.Form);
        ShowUnless(byDefault.Gamma, "gamma", options.Gamma);
        ShowUnless(byDefault.ClassGammas, "class_gammas", options.ClassGammas);
        ShowUnless(byDefault.MinScore, "min_score", options.MinScore);
        ShowUnless(byDefault.Intersection, "intersection", options.Intersection);
        ShowUnless(byDefault.SmoothNumerator, "smooth_numerator", options.SmoothNumerator);
        ShowUnless(byDefault.SmoothDenominator, "smooth_denominator", options.SmoothDenominator);
        ShowUnless(byDefault.MinDenominator, "min_denominator", options.MinDenominator);
        ShowUnless(byDefault.IncludedClasses, "included_classes", options.IncludedClasses);
        ShowUnless(byDefault.AbsentClasses, "absent_classes", options.AbsentClasses);
        ShowUnless(byDefault.ClassPooling, "class_pooling", options.ClassPooling);
        ShowUnless(byDefault.ClassWeighting, "class_weighting", options.ClassWeighting);
        ShowUnless(byDefault.ClassAverage, "class_average", options.ClassAverage);
        ShowUnless(byDefault.HardPrediction, "hard_prediction", options.HardPrediction);
        return string.Join(", ", shown);

        void Show<T>(string name, T value) => shown.Add($"{name}: {Text(value)}");

        void ShowUnless<T>(T usual, string name, T value)
        {
            if (!EqualityComparer<T>.Default.Equals(value, usual)) Show(name, value);
        }
    }

    private static string? Text(object? value) => value switch
    {
        null => "null",
        TverskyOverlap tversky => string.Create(CultureInfo.InvariantCulture, $"Tversky(alpha: {tversky.Alpha}, beta: {tversky.Beta})"),
        JaccardOverlap => nameof(Overlap.Jaccard),
        MatthewsOverlap => nameof(Overlap.Matthews),
        CrossEntropy entropy =>
            $"(weight: {Text(entropy.Weight)}, class_weights: {Text(entropy.ClassWeights)}, label_smoothing: {Text(entropy.LabelSmoothing)}, "
            + $"positive_weight: {Text(entropy.PositiveWeight)})",
        Focal focal =>
            $"(weight: {Text(focal.Weight)}, gamma: {Text(focal.Gamma)}, alpha: {Text(focal.Alpha)}, class_weights: {Text(focal.ClassWeights)}, "
            + $"included_classes: {Text(focal.IncludedClasses)}, average: {Text(focal.Average)})",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
