namespace DiceLoss;

/// <summary>What kernels add up, and differentiate, besides the sums of the overlap.</summary>
/// <remarks>
/// Where classes compete (<see cref="Activation.Softmax"/>, <see cref="Activation.TwoClassSigmoid"/>), the terms of a class are those of
/// its own voxels. Where they do not (<see cref="Activation.Sigmoid"/>), there is also the complement, 1 - p against 1 - t.
/// </remarks>
public enum VoxelTerm
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary><see cref="SumTerm.LogLoss"/>; with <see cref="Activation.Sigmoid"/> also <see cref="SumTerm.ComplementLogLoss"/>.</summary>
    CrossEntropy,

    /// <summary><see cref="SumTerm.LogLoss"/> and <see cref="SumTerm.UniformLogLoss"/>; not with <see cref="Activation.Sigmoid"/>.</summary>
    SmoothedCrossEntropy,

    /// <summary>
    /// The sums of <see cref="CrossEntropy"/>, and <see cref="SumTerm.FocalLoss"/>; with <see cref="Activation.Sigmoid"/> also
    /// <see cref="SumTerm.ComplementFocalLoss"/>.
    /// </summary>
    Focal,
}
