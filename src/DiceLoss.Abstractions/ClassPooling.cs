namespace DiceLoss;

/// <summary>Whether each class has its own score, or all share one; for one score, the sums of all included classes are added up first, each with a weight.</summary>
public enum ClassPooling
{
    /// <summary>The default: a score per class; the losses are averaged or weighted.</summary>
    None,

    /// <summary>One score over the sums of all classes, all with weight 1: also known as micro average.</summary>
    Uniform,

    /// <summary>
    /// One score, each class with weight 1/T: the generalised score. A class without voxels has the largest weight of the others, or 0 if
    /// no class has voxels.
    /// </summary>
    InverseLabelMass,

    /// <summary>One score, each class with weight 1/T^2; otherwise as <see cref="InverseLabelMass"/>.</summary>
    InverseSquaredLabelMass,
}
