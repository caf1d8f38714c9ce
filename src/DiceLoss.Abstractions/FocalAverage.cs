namespace DiceLoss;

/// <summary>What the focal loss is averaged over.</summary>
public enum FocalAverage
{
    /// <summary>
    /// The default: voxels times classes that have the loss, so that each voxel counts K times if all have it; as in libraries that compute it from one-hot targets.
    /// </summary>
    Elements,

    /// <summary>The voxels; where classes do not compete, each sample contributes those of the class for which the most voxels count.</summary>
    Voxels,
}
