namespace DiceLoss.Testing;

/// <summary>What of this process is in memory, for tests of what piles up.</summary>
public static class ResidentMemory
{
    /// <summary>
    /// The resident bytes of this process, without garbage and without what the collector keeps of it for later: with a large cache that may
    /// be more than all the steps of a test allocate.
    /// </summary>
    public static long WithoutGarbage()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // and what the finalizers had kept
        return Environment.WorkingSet;
    }
}
