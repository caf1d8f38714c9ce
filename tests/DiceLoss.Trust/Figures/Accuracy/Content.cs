namespace DiceLoss.Trust.Figures.Accuracy;

/// <summary>What the logits are like.</summary>
internal enum Content
{
    /// <summary>Drawn from a normal distribution with standard deviation 2.</summary>
    Random,

    /// <summary>All the same.</summary>
    Constant,

    /// <summary>One of a voxel's logits, mostly that of its class, stands out by 12.</summary>
    Confident,

    /// <summary>It stands out by 24: probabilities that round to 1, and next to 0; so far that their third power is a number still.</summary>
    Certain,

    /// <summary>Random, and one class has a single voxel.</summary>
    SingleVoxelClass,
}
