using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>Many steps, in a process of their own: memory stays flat, and a busy garbage collector changes no bit.</summary>
public sealed class EnduranceTests
{
    [Fact]
    public Task ForwardBackward_TenThousandSteps_MemoryStaysFlat() => ChildProcess.RunAsync(typeof(EnduranceTests), nameof(TenThousandSteps));

    [Fact]
    public Task ForwardBackward_BesideAGarbageCollectionStorm_SameBits() => ChildProcess.RunAsync(typeof(EnduranceTests), nameof(CollectionStorm));

    /// <summary>For the child process.</summary>
    internal void TenThousandSteps()
    {
        // Classes enough that scratch kept by mistake would show: a leak of it would be 3 GB, of the results alone 100 MB.
        using var run = new CaseRun(new Case { Shape = [2, 105, 300], Seed = 1 });
        var provider = new CpuProvider(new CpuOptions { MaxThreads = 2 });
        long after500 = 0;
        for (int step = 1; step <= 10_000; step++)
        {
            DiceResult result = run.Forward(provider);
            Dice.Backward(result, run.Logits.Descriptor, run.Labels.Descriptor, default, run.Gradient.Descriptor, provider: provider);
            if (step == 500) after500 = ResidentBytes();
        }

        long growth = ResidentBytes() - after500;
        Assert.True(growth < 24 << 20, $"Resident memory grew by {growth >> 20} MiB after step 500.");
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

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
