namespace DiceLoss.Cpu.Operators;

/// <summary>When the gradient of a channel is written, as a tag.</summary>
internal interface IGradientOrder
{
    /// <summary>Whether every other channel's waits until the next voxels are worked on.</summary>
    static abstract bool TakesTurns { get; }
}

/// <summary>As it is made.</summary>
internal readonly struct InOrder : IGradientOrder
{
    public static bool TakesTurns => false;
}

/// <summary>
/// Every other channel's a step later, past the caches: for channels whole pages apart, as those of most training patches are. In order, a step would
/// write to as many lines that lie at the same place of their pages, which some processors do slowly.
/// </summary>
internal readonly struct InTurns : IGradientOrder
{
    public static bool TakesTurns => true;
}
