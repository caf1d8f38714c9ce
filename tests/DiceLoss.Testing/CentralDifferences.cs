namespace DiceLoss.Testing;

/// <summary>Derivatives from values alone, in double, of fourth order: the error is of the order of step^4.</summary>
public static class CentralDifferences
{
    public const double Step = 1e-3;

    /// <summary>The derivatives of a function by each of its arguments.</summary>
    /// <param name="point">Where; changed while working and restored.</param>
    /// <param name="value">The function, which reads <paramref name="point"/>.</param>
    /// <param name="step">The step: the less, the more does the function's rounding count, and the less what it bends.</param>
    public static double[] Of(double[] point, Func<double> value, double step = Step)
    {
        double[] derivatives = new double[point.Length];
        for (int i = 0; i < point.Length; i++)
        {
            double at = point[i];
            double Shifted(double steps)
            {
                point[i] = at + (steps * step);
                return value();
            }

            derivatives[i] = ((8 * (Shifted(1) - Shifted(-1))) - (Shifted(2) - Shifted(-2))) / (12 * step);
            point[i] = at;
        }

        return derivatives;
    }
}
