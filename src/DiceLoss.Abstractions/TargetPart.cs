namespace DiceLoss;

/// <summary>The tensors that <see cref="DiceTargets"/> are made of.</summary>
public enum TargetPart
{
    /// <summary><see cref="DiceTargets.Values"/>.</summary>
    Values,

    /// <summary><see cref="DiceTargets.VoxelWeights"/>.</summary>
    VoxelWeights,
}
