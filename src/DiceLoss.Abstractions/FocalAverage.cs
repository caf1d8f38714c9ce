namespace DiceLoss;

/// <summary>What the focal loss is averaged over.</summary>
public enum FocalAverage
{
    /// <summary>The default: the voxels of every class that has the loss, K for each voxel; as in the libraries that compute it from one-hot targets.</summary>
    Elements,

    /// <summary>The voxels; where classes do not compete, of each sample those that count for the class with most of them.</summary>
    Voxels,
}
