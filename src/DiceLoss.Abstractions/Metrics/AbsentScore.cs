namespace DiceLoss;

/// <summary>What a class scores of which labels or masks have no voxel.</summary>
public enum AbsentScore
{
    /// <summary>The default: NaN, whatever was predicted; MONAI's <c>ignore_empty</c>.</summary>
    NotANumber,

    /// <summary>NaN if nothing was predicted either, otherwise 0; as torchmetrics.</summary>
    NotANumberIfAgreed,

    /// <summary>1 if nothing was predicted either, otherwise 0; MONAI without <c>ignore_empty</c>.</summary>
    OneIfAgreed,
}
