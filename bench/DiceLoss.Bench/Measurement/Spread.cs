namespace DiceLoss.Bench.Measurement;

/// <summary>The middle of several measurements, and where the middle half of them lies.</summary>
/// <param name="Lower">The lower quartile.</param>
/// <param name="Median">The median.</param>
/// <param name="Upper">The upper quartile.</param>
internal readonly record struct Spread(double Lower, double Median, double Upper)
{
    /// <summary>The two quartiles, as results are written.</summary>
    public double[] Quartiles => [Lower, Upper];

    /// <summary>Takes the quartiles of some measurements; between two of them, in proportion.</summary>
    public static Spread Of(IEnumerable<double> measurements)
    {
        double[] sorted = [.. measurements.Order()];
        return new Spread(Quantile(sorted, 0.25), Quantile(sorted, 0.5), Quantile(sorted, 0.75));
    }

    private static double Quantile(double[] sorted, double part)
    {
        double position = part * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + ((position - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}
