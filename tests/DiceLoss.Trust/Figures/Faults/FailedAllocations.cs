using System.Globalization;
using System.Runtime.InteropServices;
using DiceLoss.Cpu;
using DiceLoss.Cpu.Kernels;
using DiceLoss.Testing;
using Xunit;

namespace DiceLoss.Trust.Figures.Faults;

/// <summary>Each allocation of native memory fails once, and then all of them do.</summary>
internal sealed class FailedAllocations : Figure
{
    // One after the other on the same threads: memory is new, grows, is large enough, or so large that it is not kept.
    private static readonly Case[] s_cases =
    [
        new() { Shape = [2, 3, 9000], Seed = 1 },
        new() { Shape = [1, 33, 9000], LogitsType = ElementType.Float64, Seed = 2 },
        new() { Shape = [2, 5, 7000], Targets = TargetKind.Maps, LabelsType = ElementType.Float32, WeightsType = ElementType.Float16, LogitsLayout = Layout.ChannelsLast, Seed = 3 },
        new() { Shape = [1, 2000, 1100], LogitsType = ElementType.BFloat16, Seed = 4, Options = new DiceOptions { CrossEntropy = new CrossEntropy() } },
        new() { Shape = [2, 1, 80_000], LogitsType = ElementType.Float16, Seed = 5, Options = new DiceOptions { Focal = new Focal() } },
    ];

    private int _thrown;

    public override string Name => "failed-allocations";

    public override string Held => "each is thrown once as OutOfMemoryException, or the right bits without the thread that has failed; 0 bytes lost, and the next call has the same bits";

    public override string Method => "each allocation of native memory of the CPU provider fails once, then all fail, with 1, 2 and 6 threads, new ones for every pass";

    public override Finding Measure(Budget budget)
    {
        ChildOutcome outcome = ChildProcess.OutcomeAsync(GetType(), nameof(FailEach), []).GetAwaiter().GetResult();
        return outcome.HasPassed ? Finding.Held(outcome.Output.Trim()) : Finding.Broken(outcome.Output + outcome.Errors);
    }

    /// <summary>For the child process, whose memory nobody else changes.</summary>
    internal void FailEach()
    {
        int planted = 0;
        foreach (int threads in (int[])[1, 2, 6])
        {
            KnownBits[] known = KnownBitsWith(threads);
            foreach (KnownBits one in known) one.Check("before any failure");
            Collect();
            long held = AlignedMemory.HeldBytes;

            int thrownBefore = _thrown, failing = 1;
            while (IsMet(known, allocation => allocation == failing, held)) failing++;
            Assert.True(failing > s_cases.Length, $"Only {failing - 1} allocations were met.");
            Assert.True(IsMet(known, _ => true, held), "No allocation was met.");
            Assert.True(_thrown > thrownBefore + 1, "None of the allocations was the caller's.");
            planted += failing;
            foreach (KnownBits one in known) one.Dispose();
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{planted} failures: {_thrown} thrown once, the right bits without the thread in the others; 0 bytes lost, the same bits next."));
    }

    private static KnownBits[] KnownBitsWith(int threads)
    {
        var provider = new CpuProvider(new CpuOptions { Team = new NewThreads(threads) });
        return [.. s_cases.Select(what => new KnownBits(what, provider))];
    }

    // All cases on one new thread, until a failure ends it. Whether there was an allocation to fail.
    private bool IsMet(KnownBits[] known, Predicate<int> fails, long held)
    {
        int allocations = 0;
        bool isMet = false;
        Exception? failure = null;
        AlignedMemory.BeforeAllocation = _ =>
        {
            if (!fails(Interlocked.Increment(ref allocations))) return;
            isMet = true;
            Exhaust();
        };
        var thread = new Thread(() => failure = Record.Exception(() =>
        {
            foreach (KnownBits one in known) one.Check("beside a failure");
        }));
        thread.Start();
        thread.Join();
        AlignedMemory.BeforeAllocation = null;
        if (failure is not null)
        {
            _thrown++;
            Assert.Contains(nameof(AlignedMemory.Allocate), Assert.IsType<OutOfMemoryException>(failure).StackTrace, StringComparison.Ordinal);
        }

        Collect();
        Assert.Equal(held, AlignedMemory.HeldBytes);
        foreach (KnownBits one in known) one.Check("after a failure");
        Collect();
        Assert.Equal(held, AlignedMemory.HeldBytes);
        return isMet;
    }

    // More than there can be.
    private static unsafe void Exhaust() => NativeMemory.Free(NativeMemory.Alloc(nuint.MaxValue));

    // What ended threads have kept goes with their finalizers.
    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
