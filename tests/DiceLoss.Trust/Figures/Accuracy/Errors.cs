using System.Globalization;

namespace DiceLoss.Trust.Figures.Accuracy;

/// <summary>Errors of one case: those of the loss as parts of it or of 1, if that is more; those of the gradient as parts of the largest one.</summary>
/// <param name="Logits">The type of the logits.</param>
/// <param name="Loss">Of the loss.</param>
/// <param name="Gradient">Of the gradient.</param>
internal sealed record Errors(ElementType Logits, double Loss, double Gradient)
{
    /// <summary>Of the plain composition's loss; <see langword="null"/> where there is none.</summary>
    public double? PlainLoss { get; init; }

    /// <summary>Of the plain composition's gradient.</summary>
    public double? PlainGradient { get; init; }

    /// <summary>The largest ones of many cases, in words.</summary>
    public static string Text(IReadOnlyCollection<Errors> all)
    {
        IEnumerable<string> ofTypes = all.GroupBy(errors => errors.Logits).OrderBy(group => group.Key).Select(group =>
        {
            string plainLoss = Beside(group.Max(errors => errors.PlainLoss)), plainGradient = Beside(group.Max(errors => errors.PlainGradient));
            return $"{group.Key} {Number(group.Max(errors => errors.Loss))}{plainLoss} and {Number(group.Max(errors => errors.Gradient))}{plainGradient}";
        });
        return $"{all.Count} cases; loss and gradient off by at most: {string.Join("; ", ofTypes)}.";
    }

    private static string Beside(double? plain) => plain is { } value ? $" (plain {Number(value)})" : "";

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("0.0e+0", CultureInfo.InvariantCulture) : "no number";
}
