namespace DiceLoss.Bench.Floors;

/// <summary>How the floors share their work.</summary>
internal static class FloorChunk
{
    /// <summary>
    /// What a thread streams through in one go. Large, so that claiming costs nothing and prefetchers run ahead; small, so that threads
    /// end together, and that what is done in some microseconds wakes no second thread.
    /// </summary>
    public const long Bytes = 1 << 18;
}
