namespace DiceLoss.Testing;

/// <summary>
/// Cross-entropy in double from its definition, one voxel after the other, as PyTorch documents <c>cross_entropy</c> and
/// <c>binary_cross_entropy_with_logits</c>.
/// </summary>
public static class CrossEntropyReference
{
    /// <summary>The cross-entropy, weighted as in the loss: one number, or one per sample for <see cref="DiceReduction.None"/>.</summary>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="logits">Row-major.</param>
    /// <param name="targets">What they are compared with.</param>
    /// <param name="options">What to compute.</param>
    public static double[] Losses(long[] shape, double[] logits, ReferenceTargets targets, DiceOptions options)
    {
        int samples = (int)shape[0], channels = (int)shape[1], voxels = (int)TensorBuffer.Product(shape.AsSpan(2));
        int classes = Reference.ClassCount(channels, options);
        CrossEntropy what = options.CrossEntropy!;
        double[] totals = new double[samples], divisors = new double[samples];
        double[] t = new double[classes], w = new double[classes];
        for (int n = 0; n < samples; n++)
        {
            for (int v = 0; v < voxels; v++)
            {
                targets.Read(n, v, t, w);
                double[] x = [.. Enumerable.Range(0, channels).Select(c => logits[(((n * channels) + c) * voxels) + v])];
                if (options.Activation == Activation.Sigmoid)
                {
                    for (int k = 0; k < classes; k++)
                    {
                        if (w[k] == 0 || !targets.IsAnnotated(n, k, classes)) continue;
                        double positive = what.PositiveWeight ?? 1, ofClass = what.ClassWeights?[k] ?? 1;
                        totals[n] += w[k] * ofClass * ((positive * t[k] * SoftPlus(-x[k])) + ((1 - t[k]) * SoftPlus(x[k])));
                        divisors[n] += w[k];
                    }

                    continue;
                }

                double weight = w[0];
                if (weight == 0) continue;
                double[] logLosses = LogLosses(x);
                double[] ofClasses = [.. t.Select((_, k) => what.PositiveWeight is { } positive ? (k == 1 ? positive : 1) : what.ClassWeights?[k] ?? 1)];
                double counted = 0;
                for (int k = 0; k < classes; k++)
                {
                    double smoothed = ((1 - what.LabelSmoothing) * t[k]) + (what.LabelSmoothing / classes);
                    totals[n] += weight * ofClasses[k] * smoothed * logLosses[k];
                    counted += ofClasses[k] * t[k];
                }

                divisors[n] += weight * (targets.Kind == TargetKind.Maps || what.PositiveWeight is not null ? 1 : counted);
            }
        }

        return Reduced(totals, divisors, what.Weight, options.Reduction);
    }

    /// <summary>-log p of every class where classes compete: of the softmax over the channels, or over (0, x) for a single one.</summary>
    public static double[] LogLosses(double[] x)
    {
        double[] scores = x.Length == 1 ? [0, x[0]] : x;
        double largest = scores.Max(), logSum = largest + Math.Log(scores.Sum(score => Math.Exp(score - largest)));
        return [.. scores.Select(score => logSum - score)];
    }

    /// <summary>log(1 + exp(x)), which is -log sigmoid(-x).</summary>
    public static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    /// <summary>Sums over the voxels of each sample, divided and reduced as both voxel terms are.</summary>
    public static double[] Reduced(double[] totals, double[] divisors, double weight, DiceReduction reduction) => reduction switch
    {
        DiceReduction.None => [.. totals.Zip(divisors, (total, divisor) => weight * (divisor == 0 ? 0 : total / divisor))],
        DiceReduction.Sum => [weight * totals.Sum()],
        _ => [weight * (divisors.Sum() == 0 ? 0 : totals.Sum() / divisors.Sum())],
    };
}
