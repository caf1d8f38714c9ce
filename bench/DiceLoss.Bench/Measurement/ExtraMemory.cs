using BrainSegmentation.Measurement;

namespace DiceLoss.Bench.Measurement;

/// <summary>What a call takes besides the memory it is given, once everything it keeps is there.</summary>
internal static class ExtraMemory
{
    private const int Calls = 5;

    /// <summary>
    /// The peak of resident memory beyond what was there before; the median of some calls. <see langword="null"/> where the system does
    /// not tell.
    /// </summary>
    public static long? Resident(Action call)
    {
        call();
        long?[] peaks = [.. Enumerable.Range(0, Calls).Select(_ => ResidentMemory.PeakOf(call)).Order()];
        return peaks[Calls / 2];
    }

    /// <summary>Managed memory that a call allocates, by all threads; the median of some calls.</summary>
    public static long Managed(Action call)
    {
        call();
        long[] allocated = [.. Enumerable.Range(0, Calls).Select(_ => AllocatedBy(call)).Order()];
        return allocated[Calls / 2];
    }

    private static long AllocatedBy(Action call)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        call();
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
