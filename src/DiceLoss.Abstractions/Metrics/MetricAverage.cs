namespace DiceLoss;

/// <summary>What scores are averaged over; NaN is left out everywhere.</summary>
public enum MetricAverage
{
    /// <summary>The default: the mean over the classes of each sample, then over the samples that have a score; MONAI's "mean".</summary>
    SamplesOfClasses,

    /// <summary>One mean over all samples and classes.</summary>
    SamplesAndClasses,

    /// <summary>The counts of the samples are added up first, then the scores are averaged over the classes; torchmetrics' "macro", global.</summary>
    ClassesOfBatch,

    /// <summary>The same, with each class weighted by the voxels that the labels give it; torchmetrics' "weighted", global.</summary>
    WeightedClassesOfBatch,

    /// <summary>The counts of all samples and classes are added up: one score; torchmetrics' "micro", global.</summary>
    Pool,
}
