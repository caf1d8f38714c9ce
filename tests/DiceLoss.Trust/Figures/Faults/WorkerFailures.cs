using System.Globalization;
using DiceLoss.Cpu;
using DiceLoss.Cpu.Kernels;
using DiceLoss.Testing;
using Xunit;

namespace DiceLoss.Trust.Figures.Faults;

/// <summary>Failures on other threads than the caller's.</summary>
internal sealed class WorkerFailures : Figure
{
    private const int Rounds = 50;

    public override string Name => "worker-failures";

    public override string Held => "thrown once, with its own type and the worker's stack; the next call has the same bits";

    public override string Method =>
        "exceptions that a worker meets in the middle of a pass, and targets spoilt between forward and backward, "
        + "with threads that all work before the caller does and with those of the thread pool";

    public override Finding Measure(Budget budget)
    {
        ChildOutcome outcome = ChildProcess.OutcomeAsync(GetType(), nameof(FailOnWorkers), []).GetAwaiter().GetResult();
        return outcome.HasPassed ? Finding.Held(outcome.Output.Trim()) : Finding.Broken(outcome.Output + outcome.Errors);
    }

    /// <summary>For the child process: the planted failure is everybody's.</summary>
    internal void FailOnWorkers()
    {
        int ofWorkers = 0, ofAnyThread = 0;
        foreach (IThreadTeam? team in (IThreadTeam?[])[new NewThreads(4), null])
        {
            var provider = new CpuProvider(new CpuOptions { Team = team, MaxThreads = 4 });
            using var known = new KnownBits(new Case { Shape = [2, 5, 50_000], IgnoredShare = 0, Seed = 1 }, provider);
            for (int round = 0; round < Rounds; round++)
            {
                if (team is not null)
                {
                    Planted(known);
                    ofWorkers++;
                }

                SpoiltTargets(known, provider);
                if (team is null) ofAnyThread++;
                else ofWorkers++;
            }
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ofWorkers} failures of workers and {ofAnyThread} of whichever thread of the pool or the caller came first: each thrown once, with type and stack, the same bits next."));
    }

    // New threads have no memory yet, and meet the failure where they ask for it.
    private static void Planted(KnownBits known)
    {
        int caller = Environment.CurrentManagedThreadId;
        AlignedMemory.BeforeAllocation = _ => Throw(caller);
        var failure = Assert.Throws<PlantedException>(() => known.Compute());
        AlignedMemory.BeforeAllocation = null;
        Assert.NotEqual(caller, failure.Thread);
        Assert.Contains(nameof(Throw), failure.StackTrace, StringComparison.Ordinal);
        known.Check("after a planted failure");
    }

    // Every tile is bad, so that whichever thread comes first meets it.
    private static void SpoiltTargets(KnownBits known, CpuProvider provider)
    {
        CaseRun run = known.Run;
        DiceResult result = run.Forward(provider);
        long[] labels = run.Labels.Integers();
        run.Labels.Write([.. labels.Select(_ => 77L)]);
        var failure = Assert.Throws<InvalidOperationException>(() => run.Backward(provider, result));
        Assert.Contains(nameof(TilePass), failure.StackTrace, StringComparison.Ordinal);
        run.Labels.Write(labels);
        known.Check("after spoilt targets");
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Throw(int caller)
    {
        if (Environment.CurrentManagedThreadId != caller) throw new PlantedException(Environment.CurrentManagedThreadId);
    }

    private sealed class PlantedException(int thread) : Exception
    {
        public int Thread => thread;
    }
}
