namespace DiceLoss;

/// <summary>What logits are compared with.</summary>
public enum TargetKind
{
    /// <summary>One class per voxel: integers (N, *spatial).</summary>
    Labels,

    /// <summary>One map per class; maps may overlap: masks of 0 and 1 (integers) or soft targets from 0 to 1 (floating point), (N, C, *spatial).</summary>
    Maps,
}
