namespace DiceLoss.Testing;

/// <summary>The focal loss in double from its definition, one voxel after the other.</summary>
public static class FocalReference
{
    /// <summary>The focal loss, weighted as in the loss: one number, or one per sample for <see cref="DiceReduction.None"/>.</summary>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="logits">Row-major.</param>
    /// <param name="targets">What they are compared with.</param>
    /// <param name="options">What to compute.</param>
    public static double[] Losses(long[] shape, double[] logits, ReferenceTargets targets, DiceOptions options)
    {
        int samples = (int)shape[0], channels = (int)shape[1], voxels = (int)TensorBuffer.Product(shape.AsSpan(2));
        int classes = Reference.ClassCount(channels, options);
        Focal what = options.Focal!;
        double[] totals = new double[samples], divisors = new double[samples];
        double[] t = new double[classes], w = new double[classes];
        for (int n = 0; n < samples; n++)
        {
            double[] elements = new double[classes], voxelsOfClass = new double[classes];
            for (int v = 0; v < voxels; v++)
            {
                targets.Read(n, v, t, w);
                double[] x = [.. Enumerable.Range(0, channels).Select(c => logits[(((n * channels) + c) * voxels) + v])];
                double[] competing = options.Activation == Activation.Sigmoid || w[0] == 0 ? [] : CrossEntropyReference.LogLosses(x);
                for (int k = 0; k < classes; k++)
                {
                    if (w[k] == 0 || !targets.IsAnnotated(n, k, classes)) continue;
                    voxelsOfClass[k] += w[k];
                    if (what.IncludedClasses is { } included && !included.ToList().Contains(k)) continue;
                    elements[k] += w[k];
                    double weight = w[k] * (what.ClassWeights?[k] ?? 1);
                    if (options.Activation == Activation.Sigmoid)
                    {
                        double alpha = what.Alpha ?? 1, beta = what.Alpha is null ? 1 : 1 - what.Alpha.Value;
                        totals[n] += weight * alpha * t[k] * Element(CrossEntropyReference.SoftPlus(-x[k]), what.Gamma);
                        totals[n] += weight * beta * (1 - t[k]) * Element(CrossEntropyReference.SoftPlus(x[k]), what.Gamma);
                    }
                    else
                    {
                        double balance = what.Alpha is not { } alpha ? 1 : k == 0 ? 1 - alpha : alpha;
                        totals[n] += weight * balance * t[k] * Element(competing[k], what.Gamma);
                    }
                }
            }

            divisors[n] = what.Average == FocalAverage.Elements ? elements.Sum() : voxelsOfClass.Max();
        }

        return CrossEntropyReference.Reduced(totals, divisors, what.Weight, options.Reduction);
    }

    // (1 - p)^gamma (-log p), of -log p.
    private static double Element(double logLoss, double gamma) => Math.Pow(1 - Math.Exp(-logLoss), gamma) * logLoss;
}
