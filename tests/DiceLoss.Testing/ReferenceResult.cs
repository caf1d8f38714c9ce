namespace DiceLoss.Testing;

/// <summary>The sums of one sample, in double.</summary>
public sealed class ReferenceSums(int classes)
{
    public double[] Intersection { get; } = new double[classes];

    public double[] PredictionMass { get; } = new double[classes];

    public double[] LabelMass { get; } = new double[classes];

    public long CountedVoxels { get; set; }

    public void Add(ReferenceSums other)
    {
        for (int k = 0; k < Intersection.Length; k++)
        {
            Intersection[k] += other.Intersection[k];
            PredictionMass[k] += other.PredictionMass[k];
            LabelMass[k] += other.LabelMass[k];
        }

        CountedVoxels += other.CountedVoxels;
    }
}

/// <summary>What the reference finds.</summary>
/// <param name="losses">One per sample for the unreduced loss, otherwise one.</param>
/// <param name="sums">Per sample.</param>
/// <param name="byIntersection">dL/dI per sample (once for the pooled batch) and class.</param>
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
