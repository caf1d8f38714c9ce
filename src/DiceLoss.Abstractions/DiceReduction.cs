namespace DiceLoss;

/// <summary>How the losses of the samples become the result.</summary>
public enum DiceReduction
{
    /// <summary>The default: the mean over the samples; a scalar. NaN without samples.</summary>
    Mean,

    /// <summary>The sum over the samples; a scalar. 0 without samples.</summary>
    Sum,

    /// <summary>No reduction: one loss per sample, shape (N).</summary>
    None,

    /// <summary>The sums of the samples are added up first, and one loss is computed from the total; a scalar.</summary>
    Batch,

    /// <summary>No reduction: one loss per sample and class, shape (N, K), times the class weight where there is one, divided by the sum of the sample's weights where they are <see cref="ClassWeighting.Normalized"/>; 0 for classes that are left out.</summary>
    PerClass,
}
