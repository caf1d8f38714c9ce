using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>Many steps, in a process of their own: memory stays flat, and a busy garbage collector changes no bit.</summary>
public sealed class EnduranceTests
{
    [Fact]
    public Task ForwardBackward_TenThousandSteps_MemoryStaysFlat() => ChildProcess.RunAsync(typeof(EnduranceTests), nameof(TenThousandSteps));

    [Fact]
    public Task ForwardBackward_ScratchTooLargeToBeKept_MemoryStaysFlat() => ChildProcess.RunAsync(typeof(EnduranceTests), nameof(ScratchTooLargeToBeKept));

    [Fact]
    public Task Forward_ManySamplesOnce_KeepsNothingOfThem() => ChildProcess.RunAsync(typeof(EnduranceTests), nameof(ManySamplesOnce));

    [Fact]
    public Task ForwardBackward_BesideAGarbageCollectionStorm_SameBits() => ChildProcess.RunAsync(typeof(EnduranceTests), nameof(CollectionStorm));

    /// <summary>For the child process. A leak of scratch, kept by mistake, would be 3 GB, of the results alone 100 MB.</summary>
    internal void TenThousandSteps() => StaysFlat(new Case { Shape = [2, 105, 300], Seed = 1 }, warm: 500, steps: 10_000);

    /// <summary>For the child process. Every pass allocates some MB and gives them back: a leak of them would be GB.</summary>
    internal void ScratchTooLargeToBeKept() => StaysFlat(new Case { Shape = [1, 4000, 50], Seed = 1 }, warm: 200, steps: 600);

    /// <summary>For the child process. What is kept of each sample would be MB.</summary>
    internal void ManySamplesOnce()
    {
        const int Samples = 200_000;
        var provider = new CpuProvider(new CpuOptions { MaxThreads = 1 });
        float[] logits = new float[Samples];
        byte[] labels = new byte[Samples];
        CpuDice.Forward<float, byte>(logits.AsSpan(0, 1), [1, 1, 1], labels.AsSpan(0, 1), provider: provider);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        CpuDice.Forward<float, byte>(logits, [Samples, 1, 1], labels, provider: provider);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1 << 20);
        GC.KeepAlive(provider);
    }

    /// <summary>For the child process.</summary>
    internal void CollectionStorm()
    {
        long[] shape = [1, 4, 20_000];
        float[] logits = [.. new Case { Shape = shape, Seed = 1 }.MakeLogits(new long[20_000]).Select(x => (float)x)];
        byte[] labels = [.. new Case { Shape = shape, Seed = 1, IgnoredShare = 0 }.MakeLabels().Select(label => (byte)label)];
        float[] expected = Gradient();
        using var stop = new CancellationTokenSource();
        var storm = new Thread(() =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                _ = new byte[1000 + (i % 200_000)];
                GC.Collect(i % 3, GCCollectionMode.Forced, blocking: true, compacting: true);
            }
        });
        storm.Start();
        try
        {
            // Managed arrays that the collector would love to move.
            for (int i = 0; i < 300; i++) Assert.True(expected.AsSpan().SequenceEqual(Gradient()), $"Run {i} differs.");
        }
        finally
        {
            stop.Cancel();
            storm.Join();
        }

        float[] Gradient()
        {
            float[] movingLogits = [.. logits], gradient = new float[logits.Length];
            byte[] movingLabels = [.. labels];
            DiceResult result = CpuDice.Forward<float, byte>(movingLogits, shape, movingLabels);
            CpuDice.Backward<float, byte>(result, movingLogits, shape, movingLabels, gradient);
            return gradient;
        }
    }

    private static void StaysFlat(Case what, int warm, int steps)
    {
        using var run = new CaseRun(what);
        var provider = new CpuProvider(new CpuOptions { MaxThreads = 2 });
        long before = 0;
        for (int step = 1; step <= steps; step++)
        {
            DiceResult result = run.Forward(provider);
            Dice.Backward(result, run.Logits.Descriptor, run.Labels.Descriptor, default, run.Gradient.Descriptor, provider: provider);
            if (step == warm) before = ResidentMemory.WithoutGarbage();
        }

        long growth = ResidentMemory.WithoutGarbage() - before;
        Assert.True(growth < 24 << 20, $"Resident memory grew by {growth >> 20} MiB after step {warm}.");
    }
}
