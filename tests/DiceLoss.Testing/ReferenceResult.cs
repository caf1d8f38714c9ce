namespace DiceLoss.Testing;

/// <summary>The sums of one sample, in double.</summary>
public sealed class ReferenceSums(int classes)
{
    public double[] Intersection { get; } = new double[classes];

    public double[] PredictionMass { get; } = new double[classes];

    public double[] LabelMass { get; } = new double[classes];

    public double[] VoxelMass { get; } = new double[classes];

    public double[] HardIntersection { get; } = new double[classes];

    public double[] HardPredictionMass { get; } = new double[classes];

    /// <summary>The classes that the sample tells something about.</summary>
    public bool[] Annotated { get; } = [.. Enumerable.Repeat(true, classes)];

    /// <summary>The sums of all samples together, over what is annotated.</summary>
    public static ReferenceSums Pooled(ReferenceSums[] samples, int classes)
    {
        var pooled = new ReferenceSums(classes);
        if (samples.Length > 0) Array.Fill(pooled.Annotated, false);
        foreach (ReferenceSums sample in samples)
        {
            for (int k = 0; k < classes; k++)
            {
                if (!sample.Annotated[k]) continue;
                pooled.Annotated[k] = true;
                pooled.Intersection[k] += sample.Intersection[k];
                pooled.PredictionMass[k] += sample.PredictionMass[k];
                pooled.LabelMass[k] += sample.LabelMass[k];
                pooled.VoxelMass[k] += sample.VoxelMass[k];
            }
        }

        return pooled;
    }
}

/// <summary>What the reference finds.</summary>
/// <param name="losses">One per sample for the unreduced loss, otherwise one.</param>
/// <param name="sums">Per sample.</param>
/// <param name="byIntersection">dL/dI per sample and class.</param>
/// <param name="byPredictionMass">dL/dP likewise.</param>
public sealed class ReferenceResult(double[] losses, ReferenceSums[] sums, double[][] byIntersection, double[][] byPredictionMass)
{
    public double[] Losses { get; } = losses;

    public ReferenceSums[] Sums { get; } = sums;

    public double[][] ByIntersection { get; } = byIntersection;

    public double[][] ByPredictionMass { get; } = byPredictionMass;

    /// <summary>Row-major, shape of the logits; empty where it was not asked for.</summary>
    public double[] Gradient { get; set; } = [];

    /// <summary>
    /// The largest sum of magnitudes of the terms of an element of the gradient. Of the order of the largest gradient, except where all
    /// gradients cancel: at a minimum of the loss, say, where no finite precision is close relative to the result.
    /// </summary>
    public double GradientMagnitude { get; set; }
}
