namespace DiceLoss;

/// <summary>What kernels add up, and differentiate, beside the sums of the overlap.</summary>
public enum VoxelTerm
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary><see cref="SumTerm.LogLoss"/>.</summary>
    CrossEntropy,

    /// <summary><see cref="SumTerm.LogLoss"/> and <see cref="SumTerm.UniformLogLoss"/>.</summary>
    SmoothedCrossEntropy,
}
