using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Many steps, many threads, and a busy garbage collector: the same bits, and nothing that piles up.</summary>
public class EnduranceTests
{
    private static readonly long[] s_shape = [2, 4, 32, 32];

    [Fact]
    public void Step_TenThousandTimes_KeepsNothing()
    {
        using Tensor weights = RandomCase.Logits(s_shape, ScalarType.Float32, 1).requires_grad_();
        using Tensor y = RandomCase.Labels(s_shape, ScalarType.Byte, 1);
        using DiceLossModule module = nn.DiceLoss(smooth: 1e-3);

        Run(500);
        FinalizeGarbage();
        (long handles, long managed, long resident) before = (Tensor.TotalCount, GC.GetTotalMemory(forceFullCollection: true), ResidentBytes());
        Run(9500);
        (long handles, long managed, long resident) after = (Tensor.TotalCount, GC.GetTotalMemory(forceFullCollection: true), ResidentBytes());

        Assert.Equal(before.handles, after.handles);
        Assert.InRange(after.managed - before.managed, long.MinValue, 1 << 20);
        // One gradient a step would be 297 MiB.
        Assert.InRange(after.resident - before.resident, long.MinValue, 32L << 20);

        void Run(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                using var scope = NewDisposeScope();
                using Tensor loss = module.call(weights * 1.5, y);
                loss.backward();
                weights.grad = null;
            }
        }
    }

    [Fact]
    public void Step_WithoutADisposeScope_KeepsNothing()
    {
        using Tensor weights = RandomCase.Logits(s_shape, ScalarType.Float32, 1).requires_grad_();
        using Tensor y = RandomCase.Labels(s_shape, ScalarType.Byte, 1);
        Step();
        FinalizeGarbage();
        long before = Tensor.TotalCount;
        GC.TryStartNoGCRegion(64 << 20); // nothing may hide behind a finalizer
        try
        {
            for (int i = 0; i < 100; i++) Step();
            Assert.Equal(before, Tensor.TotalCount);
        }
        finally
        {
            GC.EndNoGCRegion();
        }

        void Step()
        {
            using Tensor logits = weights.neg(), loss = nn.functional.dice_loss(logits, y);
            loss.backward();
            using Tensor gradient = weights.grad!;
            weights.grad = null;
        }
    }

    [Fact]
    public void Grad_InADisposeScope_KeepsNothing()
    {
        using Tensor x = RandomCase.Logits(s_shape, ScalarType.Float32, 1).requires_grad_();
        using Tensor y = RandomCase.Labels(s_shape, ScalarType.Byte, 1);
        FinalizeGarbage();
        long[] counts = new long[20];
        for (int i = 0; i < counts.Length; i++)
        {
            using (NewDisposeScope())
            {
                Tensor loss = nn.functional.dice_loss(x * 1, y);
                for (int k = 0; k < 3; k++) autograd.grad([loss], [x], retain_graph: true);
            }

            counts[i] = Tensor.TotalCount;
        }

        Assert.Equal(counts[1], counts[^1]);
    }

    [Fact]
    public void Backward_OfComputedLogits_KeepsNoGradientWhileTheLossLives()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Resident memory is read from /proc.");
        const long LogitsBytes = 64L << 20;
        using Tensor scale = ones(1, requires_grad: true), values = randn([1L, 4, 64, 256, 256]), logits = values * scale;
        using Tensor y = randint(0, 4, [1L, 64, 256, 256], dtype: ScalarType.Byte);
        using Tensor loss = nn.functional.dice_loss(logits, y);

        long before = ResidentBytes();
        loss.backward();
        Assert.InRange(ResidentBytes() - before, long.MinValue, LogitsBytes / 4);
    }

    [Fact]
    public void Backward_OfLeafLogits_AllocatesOneGradient()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peak memory is read from /proc.");
        const long LogitsBytes = 64L << 20;
        using Tensor logits = randn([1L, 4, 64, 256, 256]).requires_grad_(), y = randint(0, 4, [1L, 64, 256, 256], dtype: ScalarType.Byte);
        using Tensor loss = nn.functional.dice_loss(logits, y);

        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak starts anew
        long before = ResidentBytes();
        loss.backward();
        using Tensor gradient = logits.grad!;
        Assert.InRange(PeakBytes() - before, LogitsBytes / 2, LogitsBytes * 5 / 4);
    }

    [Fact]
    public void Step_OnSixThreadsAtOnce_GivesTheSameBitsOnEach()
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.DiceLoss(tensor([0.1f, 0.2f, 0.3f, 0.4f]));
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float32, 1), y = RandomCase.Labels(s_shape, ScalarType.Byte, 1);
        double[] expected = Gradient(module, x, y);

        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, 6).Select(_ => new Thread(() =>
        {
            try
            {
                for (int i = 0; i < 200; i++) Assert.Equal(expected, Gradient(module, x, y));
            }
            catch (Exception failure)
            {
                failures.Enqueue(failure);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Empty(failures);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // then nothing but the library itself keeps its handles
    public void Step_InAGarbageCollectionStorm_GivesTheSameBits(bool inADisposeScope)
    {
        using DiceLossModule module = nn.DiceLoss(smooth: 1e-3);
        using Tensor x = RandomCase.Logits([2, 3, 8, 8], ScalarType.Float32, 1), y = RandomCase.Labels([2, 3, 8, 8], ScalarType.Byte, 1);
        double[] expected = Gradient(module, x, y);

        bool stop = false;
        var storm = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        storm.Start();
        try
        {
            for (int i = 0; i < 4000; i++) Assert.Equal(expected, inADisposeScope ? Gradient(module, x, y) : GradientWithoutScope(module, x, y));
        }
        finally
        {
            Volatile.Write(ref stop, true);
            storm.Join();
        }
    }

    /// <summary>Lets go of what earlier tests left to the finalizer, so that a count of handles that follows is of this test alone.</summary>
    private static void FinalizeGarbage()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(); // what the finalizers had kept
        GC.WaitForPendingFinalizers();
    }

    private static double[] Gradient(DiceLossModule module, Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        Tensor leaf = x.detach().requires_grad_();
        // A product of tensors, the one operation without a number in it: TorchSharp's scalars (a sum has one, its alpha) do not survive a
        // collection in the middle of a call.
        module.call(leaf * ones_like(leaf), y).backward();
        return Values(leaf.grad!);
    }

    private static double[] GradientWithoutScope(DiceLossModule module, Tensor x, Tensor y)
    {
        using Tensor detached = x.detach(), leaf = detached.requires_grad_(), one = ones_like(leaf), logits = leaf * one;
        using Tensor loss = module.call(logits, y);
        loss.backward();
        using Tensor gradient = leaf.grad!;
        return Values(gradient);
    }

    private static long ResidentBytes()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        string pages = File.ReadAllText("/proc/self/statm").Split(' ')[1];
        return long.Parse(pages, System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }

    private static long PeakBytes()
    {
        string line = File.ReadLines("/proc/self/status").First(status => status.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.AsSpan(6, line.Length - 8), System.Globalization.CultureInfo.InvariantCulture);
    }
}
