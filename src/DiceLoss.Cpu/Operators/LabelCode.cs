namespace DiceLoss.Cpu.Operators;

/// <summary>What stands in a kernel's label lanes besides the classes 0, 1, 2, ...</summary>
internal static class LabelCode
{
    /// <summary>The voxel counts but belongs to no class.</summary>
    public const int NoClass = -1;

    /// <summary>The voxel does not count: its label is the ignored one or invalid, or it only fills up a block.</summary>
    public const int NotCounted = -2;
}
