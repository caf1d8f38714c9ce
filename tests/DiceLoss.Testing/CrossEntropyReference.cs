namespace DiceLoss.Testing;

/// <summary>Cross-entropy in double from its definition, one voxel after the other, as PyTorch documents it.</summary>
public static class CrossEntropyReference
{
    /// <summary>The cross-entropy, weighted as in the loss: one number, or one per sample for <see cref="DiceReduction.None"/>.</summary>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="logits">Row-major.</param>
    /// <param name="labels">Row-major, (N, *spatial).</param>
    /// <param name="options">What to compute.</param>
    public static double[] Losses(long[] shape, double[] logits, long[] labels, DiceOptions options)
    {
        int samples = (int)shape[0], channels = (int)shape[1], voxels = labels.Length / Math.Max(1, samples);
        CrossEntropy what = options.CrossEntropy!;
        double[] totals = new double[samples], weights = new double[samples];
        for (int n = 0; n < samples; n++)
        {
            for (int v = 0; v < voxels; v++)
            {
                long label = labels[(n * voxels) + v];
                if (label == options.IgnoreLabel) continue;
                double[] scores = [.. Enumerable.Range(0, channels).Select(c => logits[(((n * channels) + c) * voxels) + v])];
                if (channels == 1) scores = [0, scores[0]];
                double largest = scores.Max(), logSum = largest + Math.Log(scores.Sum(score => Math.Exp(score - largest)));
                double[] w = [.. scores.Select((_, k) => what.PositiveWeight is { } positive ? (k == 1 ? positive : 1) : what.ClassWeights?[k] ?? 1)];
                double smoothed = scores.Select((score, k) => w[k] * (logSum - score)).Sum() / scores.Length;
                totals[n] += ((1 - what.LabelSmoothing) * w[label] * (logSum - scores[label])) + (what.LabelSmoothing * smoothed);
                weights[n] += what.PositiveWeight is null ? w[label] : 1;
            }
        }

        return options.Reduction switch
        {
            DiceReduction.None => [.. totals.Zip(weights, (total, weight) => what.Weight * (weight == 0 ? 0 : total / weight))],
            DiceReduction.Sum => [what.Weight * totals.Sum()],
            _ => [what.Weight * (weights.Sum() == 0 ? 0 : totals.Sum() / weights.Sum())],
        };
    }
}
