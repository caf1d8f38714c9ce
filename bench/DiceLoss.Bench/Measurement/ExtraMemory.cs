using BrainSegmentation.Measurement;
using DiceLoss.Cpu.Kernels;

namespace DiceLoss.Bench.Measurement;

/// <summary>What a call takes besides the memory it is given, once everything it keeps is there. Medians of some calls.</summary>
internal static class ExtraMemory
{
    private const int Calls = 5;

    /// <summary>The peak of resident memory beyond what was there before. <see langword="null"/> where the system does not tell.</summary>
    public static long? Resident(Action call) => Median(call, ResidentMemory.PeakOf);

    /// <summary>Managed memory that a call allocates, by all threads.</summary>
    public static long Managed(Action call) => Median(call, AllocatedBy)!.Value;

    /// <summary>Native memory that the library keeps with a thread after the call; a new thread each time, which has none from larger calls before.</summary>
    public static long Kept(Action call) => Median(call, KeptWithANewThread)!.Value;

    private static long? Median(Action call, Func<Action, long?> measure)
    {
        call();
        long?[] sorted = [.. Enumerable.Range(0, Calls).Select(_ => measure(call)).Order()];
        return sorted[Calls / 2];
    }

    private static long? AllocatedBy(Action call)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        call();
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    // The others that work have theirs already.
    private static long? KeptWithANewThread(Action call)
    {
        long bytes = 0;
        var thread = new Thread(() =>
        {
            long before = AlignedMemory.HeldBytes;
            call();
            bytes = AlignedMemory.HeldBytes - before;
        });
        thread.Start();
        thread.Join();
        return bytes;
    }
}
