namespace DiceLoss;

/// <summary>
/// The loss of a class that has no voxel in a sample (or, for <see cref="DiceReduction.Batch"/>, in the batch). With <see cref="ClassPooling"/> the classes have one
/// score together: then it is the loss of a pool in which no class with a weight has a voxel.
/// </summary>
public enum AbsentClasses
{
    /// <summary>The default: its loss is what the formula gives; 1 - S is then 1 without smoothing, whatever the network says, and -log S infinite.</summary>
    AsDefined,

    /// <summary>Its loss is 0 and has no gradient, but counts in the average.</summary>
    Zero,

    /// <summary>It has no loss and does not count in the average. A sample without any class has loss 0.</summary>
    Excluded,
}
