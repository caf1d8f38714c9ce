namespace DiceLoss;

/// <summary>
/// A sum held in two doubles, the second being what rounding took from the first. About 106 bits: adding in another order changes
/// <see cref="Value"/> only if the exact sum lies within 2^-100, relative to itself, of the midpoint between two doubles.
/// </summary>
/// <param name="Value">The sum, rounded to a double.</param>
/// <param name="Compensation">The exact sum minus <paramref name="Value"/>; at most half a unit in the last place of <paramref name="Value"/>.</param>
/// <remarks>
/// Error-free addition after T. J. Dekker, "A floating-point technique for extending the available precision", Numerische Mathematik 18,
/// 1971, and D. E. Knuth, The Art of Computer Programming 2, section 4.2.2.
/// </remarks>
public readonly record struct CompensatedSum(double Value, double Compensation)
{
    /// <summary>Adds two sums.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>Their sum; without a compensation if it is infinite or NaN.</returns>
    public static CompensatedSum operator +(CompensatedSum left, CompensatedSum right)
    {
        (double high, double highError) = TwoSum(left.Value, right.Value);
        if (!double.IsFinite(high)) return new CompensatedSum(high, 0);
        (double low, double lowError) = TwoSum(left.Compensation, right.Compensation);
        (high, double rest) = QuickTwoSum(high, highError + low);
        (high, rest) = QuickTwoSum(high, rest + lowError);
        return new CompensatedSum(high, rest);
    }

    // Exact for finite a + b: sum + error = a + b.
    private static (double Sum, double Error) TwoSum(double a, double b)
    {
        double sum = a + b;
        double shareOfB = sum - a;
        return (sum, (a - (sum - shareOfB)) + (b - shareOfB));
    }

    // The same for |a| >= |b| or a = 0.
    private static (double Sum, double Error) QuickTwoSum(double a, double b)
    {
        double sum = a + b;
        return (sum, b - (sum - a));
    }
}
