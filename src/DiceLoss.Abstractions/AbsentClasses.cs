namespace DiceLoss;

/// <summary>What becomes of a class without a voxel in a sample (or, pooled, in the batch).</summary>
public enum AbsentClasses
{
    /// <summary>The default: its loss is what the formula gives; without smoothing 1, whatever the network says.</summary>
    AsDefined,

    /// <summary>Its loss is 0 and has no gradient, but counts in the average.</summary>
    Zero,

    /// <summary>It has no loss and does not count in the average. A sample without any class has loss 0.</summary>
    Excluded,
}
