using System.Globalization;
using System.Text;

namespace DiceLoss.Testing;

/// <summary>
/// How close a result must be. Against the plain rival: the largest error is at most the rival's, plus 2^-23 of the largest magnitude.
/// And absolutely, because the rival may be bad itself: see each method. Both gradients are a few roundings from the truth, and in one
/// case of a hundred the rival is lucky: a single case may exceed the rival by <see cref="Luck"/>; over many cases,
/// <see cref="Conformance.ProviderConformance.Backward_ManyCases_IsNoWorseThanThePlainRival"/> holds the rule itself.
/// </summary>
public static class ErrorRule
{
    /// <summary>2^-23.</summary>
    public const double RoundingOfFloat = 1.0 / (1 << 23);

    /// <summary>What a single case may be worse than the rival, instead of 2^-23 of the largest magnitude.</summary>
    public const double Luck = 3 * RoundingOfFloat;

    /// <summary>A gradient in float32 is within this part of the largest one.</summary>
    public const double GradientPart = 2e-6;

    /// <summary>A loss in float32 is within 2^-22 (times the sum of the class weights, where there are any); in float64, within 1e-12.</summary>
    public static void Losses(double[] truth, ReadOnlySpan<double> ours, double[]? plain, ElementType lossType, double scale, string name)
    {
        Assert.Equal(truth.Length, ours.Length);
        double bound = scale * (lossType == ElementType.Float64 ? 1e-12 : 2 * RoundingOfFloat);
        if (plain is not null) bound = Math.Min(bound, LargestError(truth, plain) + (scale * RoundingOfFloat));
        Check(truth, ours.ToArray(), plain, _ => (bound, bound), $"{name}: losses");
    }

    /// <summary>
    /// A gradient in float32 is within 2e-6 of the scale, in float64 within 1e-12 of it; in 16 bits it is what a number within 2e-6 of
    /// the truth rounds to.
    /// </summary>
    /// <param name="truth">The reference's gradient.</param>
    /// <param name="ours">The gradient under test.</param>
    /// <param name="plain">The rival's gradient, or <see langword="null"/> to judge absolutely only.</param>
    /// <param name="type">The type of the gradient.</param>
    /// <param name="scale">The largest gradient or, where all of it may cancel, the largest magnitude that it is added up from.</param>
    /// <param name="name">What is printed on failure.</param>
    /// <param name="power">The power of the probabilities in the gradient, which multiplies their error, and with it what luck the rival may have.</param>
    public static void Gradient(double[] truth, double[] ours, double[]? plain, ElementType type, double scale, string name, int power = 1)
    {
        Assert.Equal(truth.Length, ours.Length);
        double bound = scale * (type == ElementType.Float64 ? 1e-12 : GradientPart);
        if (plain is not null && type == ElementType.Float32)
        {
            bound = Math.Min(bound, LargestError(truth, plain) + (scale * Luck * Math.Max(1, power)));
        }

        Check(truth, ours, plain, Within, $"{name}: gradient");

        (double Below, double Above) Within(double value) => type is ElementType.Float16 or ElementType.BFloat16
            ? (value - Elements.Rounded(value - bound, type), Elements.Rounded(value + bound, type) - value)
            : (bound, bound);
    }

    /// <summary>Fails unless both have the same bits (any NaN is like any other).</summary>
    public static void SameBits(double[] expected, double[] actual, string name)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = BitConverter.DoubleToInt64Bits(expected[i]) == BitConverter.DoubleToInt64Bits(actual[i])
                || (double.IsNaN(expected[i]) && double.IsNaN(actual[i]));
            if (!same) Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{name}: bits differ at {i}: {expected[i]:R} and {actual[i]:R}."));
        }
    }

    /// <summary>The largest difference from the truth; infinite where one is not a number.</summary>
    public static double LargestError(double[] truth, double[] plain)
    {
        double largest = 0;
        for (int i = 0; i < truth.Length; i++) largest = Math.Max(largest, Math.Abs(truth[i] - plain[i]));
        return double.IsNaN(largest) ? double.PositiveInfinity : largest;
    }

    private static void Check(double[] truth, double[] ours, double[]? plain, Func<double, (double Below, double Above)> within, string name)
    {
        int mismatches = 0;
        var report = new StringBuilder();
        for (int i = 0; i < truth.Length; i++)
        {
            bool right;
            if (double.IsFinite(truth[i]))
            {
                (double below, double above) = within(truth[i]);
                right = ours[i] >= truth[i] - below && ours[i] <= truth[i] + above;
            }
            else
            {
                right = ours[i].Equals(truth[i]);
            }

            if (right || ++mismatches > 5) continue;
            (double allowedBelow, double allowedAbove) = double.IsFinite(truth[i]) ? within(truth[i]) : (0, 0);
            report.AppendLine(CultureInfo.InvariantCulture,
                $"  [{i}] truth {truth[i]:R}, ours {ours[i]:R}, plain {(plain is null ? "-" : plain[i].ToString("R", CultureInfo.InvariantCulture))}, "
                + $"error {ours[i] - truth[i]:E2}, allowed -{allowedBelow:E2} to +{allowedAbove:E2}");
        }

        if (mismatches > 0) Assert.Fail($"{name}: {mismatches} of {truth.Length} differ. {Environment.NewLine}{report}");
    }
}
