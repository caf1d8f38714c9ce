namespace DiceLoss.Cpu.Operators;

/// <summary>What is added up and differentiated beside the sums of the overlap, as a tag: what is not asked for costs nothing.</summary>
internal interface IVoxelTerm
{
    /// <summary>Whether there is -log p of each voxel's own class, or of its classes by their targets.</summary>
    static abstract bool HasLogLoss { get; }

    /// <summary>Whether there is also -log p of every class.</summary>
    static abstract bool HasUniformLogLoss { get; }

    /// <summary>Whether there is also (1 - p)^gamma (-log p).</summary>
    static abstract bool HasFocalLoss { get; }
}

/// <summary><see cref="VoxelTerm.None"/>.</summary>
internal readonly struct NoTerm : IVoxelTerm
{
    public static bool HasLogLoss => false;

    public static bool HasUniformLogLoss => false;

    public static bool HasFocalLoss => false;
}

/// <summary><see cref="VoxelTerm.CrossEntropy"/>.</summary>
internal readonly struct CrossEntropyTerm : IVoxelTerm
{
    public static bool HasLogLoss => true;

    public static bool HasUniformLogLoss => false;

    public static bool HasFocalLoss => false;
}

/// <summary><see cref="VoxelTerm.SmoothedCrossEntropy"/>.</summary>
internal readonly struct SmoothedCrossEntropyTerm : IVoxelTerm
{
    public static bool HasLogLoss => true;

    public static bool HasUniformLogLoss => true;

    public static bool HasFocalLoss => false;
}

/// <summary><see cref="VoxelTerm.Focal"/>.</summary>
internal readonly struct FocalTerm : IVoxelTerm
{
    public static bool HasLogLoss => true;

    public static bool HasUniformLogLoss => false;

    public static bool HasFocalLoss => true;
}
