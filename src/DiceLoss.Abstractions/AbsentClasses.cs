namespace DiceLoss;

/// <summary>
/// The loss of a class that has no voxel in a sample (or, for <see cref="DiceReduction.Batch"/>, in the batch). With <see cref="ClassPooling"/> the classes share
/// one score: then it is the loss of a pool in which no class with a weight has a voxel.
/// </summary>
public enum AbsentClasses
{
    /// <summary>
    /// The default: its loss is what the formula gives. Without smoothing, 1 - S is then 1, however little of the class is predicted, and 0 if its probability is
    /// exactly 0 everywhere; -log S is infinite unless <see cref="DiceOptions.MinScore"/> bounds it.
    /// </summary>
    AsDefined,

    /// <summary>Its loss is 0, without a gradient, but counts in the average.</summary>
    Zero,

    /// <summary>It has no loss and does not count in the average. A sample in which no class is left has loss 0.</summary>
    Excluded,
}
