namespace DiceLoss.Cpu.Operators;

/// <summary>What probabilities are compared with, as a tag.</summary>
/// <remarks>
/// A label is compared with the number of each class; a voxel has the weight 1. Everything else comes as maps, a row of targets per class
/// and a row of weights: masks, soft targets, and labels where voxels have weights or classes do not compete for a voxel term.
/// </remarks>
internal interface ITarget
{
    /// <summary>Whether there are maps and weights.</summary>
    static abstract bool IsMap { get; }

    /// <summary>Whether p and t meet in the lesser of them.</summary>
    static abstract bool TakesMinimum { get; }
}

/// <summary>One class per voxel.</summary>
internal readonly struct LabelTarget : ITarget
{
    public static bool IsMap => false;

    public static bool TakesMinimum => false;
}

/// <summary>Maps, with <see cref="IntersectionForm.Product"/>.</summary>
internal readonly struct MapTarget : ITarget
{
    public static bool IsMap => true;

    public static bool TakesMinimum => false;
}

/// <summary>Maps, with <see cref="IntersectionForm.Minimum"/>.</summary>
internal readonly struct MinimumMapTarget : ITarget
{
    public static bool IsMap => true;

    public static bool TakesMinimum => true;
}
