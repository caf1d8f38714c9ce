namespace DiceLoss;

/// <summary>The score of a class that has no voxel in the labels or masks.</summary>
public enum AbsentScore
{
    /// <summary>The default: NaN, whatever was predicted; MONAI's <c>ignore_empty</c>.</summary>
    NotANumber,

    /// <summary>NaN if nothing was predicted either, otherwise 0; as in torchmetrics.</summary>
    NotANumberIfAgreed,

    /// <summary>1 if nothing was predicted either, otherwise 0; MONAI without <c>ignore_empty</c>.</summary>
    OneIfAgreed,
}
