using System.Runtime.InteropServices;
using DiceLoss.Cpu.Kernels;
using DiceLoss.Cpu.Threading;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>
/// What fails is told once, as what it is; nothing is lost, and the next call is right. Apart from all other tests, which must not meet a
/// planted failure.
/// </summary>
[CollectionDefinition(nameof(FaultTests), DisableParallelization = true)]
[Collection(nameof(FaultTests))]
public sealed class FaultTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void ForwardBackward_AnAllocationFails_ThrowsItAndWorksAgain(int threads)
    {
        var provider = new CpuProvider(new CpuOptions { Team = new OthersFirst(), MaxThreads = threads });
        using var run = new CaseRun(new Case { Shape = [2, 33, 9000], Seed = 1 });
        DiceResult expected = run.Forward(provider);
        double[] gradient = run.Backward(provider, expected);
        Collect();
        long held = AlignedMemory.HeldBytes;

        int failures = 0;
        for (int failing = 1; Reaches(failing);) failing++;
        Assert.Equal(1, failures);

        // Every thread is a new one, which needs memory of its own. Others than the caller, who keeps its own from pass to pass, leave the work to it.
        bool Reaches(int failing)
        {
            int allocations = 0;
            Exception? failure = null;
            AlignedMemory.BeforeAllocation = _ =>
            {
                if (Interlocked.Increment(ref allocations) == failing) Exhaust();
            };
            OnNewThread(() => failure = Record.Exception(() => run.Backward(provider, run.Forward(provider))));
            AlignedMemory.BeforeAllocation = null;
            if (failure is not null)
            {
                failures++;
                Assert.Contains(nameof(AlignedMemory.Allocate), Assert.IsType<OutOfMemoryException>(failure).StackTrace, StringComparison.Ordinal);
            }

            Collect();
            Assert.InRange(AlignedMemory.HeldBytes, 0, held); // less, if a thread of the pool has ended meanwhile

            DiceResult result = run.Forward(provider);
            ErrorRule.SameBits(expected.Losses.ToArray(), result.Losses.ToArray(), $"allocation {failing}: loss");
            ErrorRule.SameBits(gradient, run.Backward(provider, result), $"allocation {failing}: gradient");
            return allocations >= failing;
        }
    }

    // Scratch so large that it is not kept, for several segments.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void BackwardInPlace_AnAllocationFails_LogitsAreUnchangedOrAllGradient(int threads)
    {
        var what = new Case { Shape = [3, 4000, 20], Seed = 1 };
        float[] logits = [.. what.MakeLogits(what.MakeLabels()).Select(x => (float)x)], gradient = new float[logits.Length];
        short[] labels = [.. (what with { IgnoredShare = 0 }).MakeLabels().Select(label => (short)label)];
        var provider = new CpuProvider(new CpuOptions { Team = new OthersFirst(), MaxThreads = threads });
        DiceResult result = CpuDice.Forward<float, short>(logits, what.Shape, labels, provider: provider);
        CpuDice.Backward<float, short>(result, logits, what.Shape, labels, gradient, provider: provider);

        for (int failing = 1; Reaches(failing);) failing++;

        bool Reaches(int failing)
        {
            int allocations = 0;
            float[] inPlace = [.. logits];
            AlignedMemory.BeforeAllocation = _ =>
            {
                if (Interlocked.Increment(ref allocations) == failing) Exhaust();
            };
            Exception? failure = Record.Exception(() => CpuDice.BackwardInPlace<float, short>(result, inPlace, what.Shape, labels, provider: provider));
            AlignedMemory.BeforeAllocation = null;
            if (failure is not null) Assert.IsType<OutOfMemoryException>(failure);
            Assert.True((failure is null ? gradient : logits).AsSpan().SequenceEqual(inPlace), $"Allocation {failing}: the logits are neither.");
            return allocations >= failing;
        }
    }

    [Fact]
    public void Forward_ScratchGrows_GivesBackWhatItHad()
    {
        var provider = new CpuProvider(new CpuOptions { MaxThreads = 1 });
        using CaseRun small = new(new Case { Shape = [1, 3, 600] }), large = new(new Case { Shape = [1, 65, 600] });
        Collect();
        long held = AlignedMemory.HeldBytes;
        OnNewThread(() =>
        {
            small.Forward(provider);
            large.Forward(provider);
        });
        Collect();
        Assert.InRange(AlignedMemory.HeldBytes, 0, held);
    }

    [Fact]
    public void Run_AWorkerThrows_ThrowsTheSameWithItsStack()
    {
        var loop = new WorkLoop<NoTools>(new Failing());
        for (int run = 0; run < 3; run++)
        {
            var failure = Assert.Throws<NotImplementedException>(() => loop.Run(100, new OthersFirst(), 4));
            Assert.Contains(nameof(Failing), failure.StackTrace, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Run_TwoItemsFail_ThrowsTheFirstFailureAndBeginsNoOtherItem()
    {
        var failing = new FailingTwice();
        Assert.Equal("1", Assert.Throws<InvalidOperationException>(() => new WorkLoop<NoTools>(failing).Run(100, failing, 2)).Message);
        Assert.Equal([0, 1], failing.Begun);
    }

    [Fact]
    public void Run_TheCallerIsInterrupted_WaitsForItsHelpersAndPassesItOn()
    {
        using var mayEnd = new ManualResetEventSlim();
        int caller = 0, present = 0;
        bool wasAlone = false, isInterrupted = false;
        var thread = new Thread(() =>
        {
            caller = Environment.CurrentManagedThreadId;
            PoolTeam.Instance.Run(2, () =>
            {
                if (Environment.CurrentManagedThreadId == caller)
                {
                    while (Volatile.Read(ref present) == 0) Thread.Yield(); // until there is a helper to wait for
                    return;
                }

                Interlocked.Increment(ref present);
                mayEnd.Wait();
                Interlocked.Decrement(ref present);
            });
            wasAlone = Volatile.Read(ref present) == 0;
            try
            {
                Thread.Sleep(1);
            }
            catch (ThreadInterruptedException)
            {
                isInterrupted = true;
            }
        });
        thread.Start();
        while (Volatile.Read(ref present) == 0 || thread.ThreadState != ThreadState.WaitSleepJoin) Thread.Yield();
        thread.Interrupt();
        Assert.False(thread.Join(50), "The caller has left its helper.");
        mayEnd.Set();
        thread.Join();
        Assert.True(wasAlone);
        Assert.True(isInterrupted);
    }

    // More than there can be.
    private static unsafe void Exhaust() => NativeMemory.Free(NativeMemory.Alloc(nuint.MaxValue));

    private static void OnNewThread(Action action)
    {
        var thread = new Thread(() => action());
        thread.Start();
        thread.Join();
    }

    // What ended threads have kept goes with their finalizers.
    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    /// <summary>New threads for every run; the caller joins in when they have ended.</summary>
    private sealed class OthersFirst : IThreadTeam
    {
        public int Size => 4;

        public void Run(int members, Action member)
        {
            Thread[] others = [.. Enumerable.Range(1, members - 1).Select(_ => new Thread(() => member()))];
            foreach (Thread thread in others) thread.Start();
            foreach (Thread thread in others) thread.Join();
            member();
        }
    }

    private sealed class Failing : IWork<NoTools>
    {
        public NoTools MakeTools() => new();

        public void Do(long item, NoTools tools) => throw new NotImplementedException();
    }

    /// <summary>A team and its work, where the second item is begun, and fails, while the first is under way.</summary>
    private sealed class FailingTwice : IThreadTeam, IWork<NoTools>
    {
        private Action? _other;

        public List<long> Begun { get; } = [];

        public int Size => 2;

        public void Run(int members, Action member)
        {
            _other = member;
            member();
        }

        public NoTools MakeTools() => new();

        public void Do(long item, NoTools tools)
        {
            Begun.Add(item);
            if (item == 0) _other!();
            throw new InvalidOperationException($"{item}");
        }
    }

    private sealed class NoTools : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
