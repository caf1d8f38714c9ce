using DiceLoss.Testing;
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

        Run(3000); // until what the runtime and libtorch keep for themselves has its size
        (long handles, long managed, long resident) before = Memory();
        Run(7000);
        (long handles, long managed, long resident) after = Memory();

        Assert.Equal(before.handles, after.handles);
        Assert.InRange(after.managed - before.managed, long.MinValue, 1 << 20);
        // One gradient a step would be 219 MiB.
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
    public void Step_WithMapsWeightsMetricsAndLevels_KeepsNothing()
    {
        using Tensor weights = RandomCase.Logits(s_shape, ScalarType.Float32, 1).requires_grad_();
        using Tensor y = RandomCase.Masks(s_shape, ScalarType.Byte, 1), w = RandomCase.VoxelWeights(s_shape, ScalarType.Float32, 1);
        using Tensor annotated = ones(2, 4, dtype: ScalarType.Bool);
        using DiceLossModule module = nn.DiceFocalLoss(activation: Activation.Sigmoid, smooth: 1e-3);
        using DeepSupervisionModule levels = nn.DeepSupervisionLoss(new DiceOptions { Activation = Activation.Sigmoid, Smooth = 1e-3 });

        Run(800);
        (long handles, long managed, long resident) before = Memory();
        Run(800);
        (long handles, long managed, long resident) after = Memory();

        Assert.Equal(before.handles, after.handles);
        Assert.InRange(after.managed - before.managed, long.MinValue, 1 << 20);
        // One gradient a step would be 25 MiB.
        Assert.InRange(after.resident - before.resident, long.MinValue, 12L << 20);

        void Run(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                using var scope = NewDisposeScope();
                Tensor logits = weights * 1.5, half = logits.slice(2, 0, 32, 2).slice(3, 0, 32, 2), odd = logits.narrow(2, 0, 20);
                (Tensor loss, _) = module.loss_and_metrics(logits, y, w, annotated);
                (loss + levels.call([logits, half, odd], y, w, annotated)).backward();
                nn.functional.dice_metrics(logits, y, module.Options, w, annotated);
                weights.grad = null;
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_WithMapsAndWeightsButNoDisposeScope_KeepsNothing(bool levels)
    {
        using Tensor weights = RandomCase.Logits(s_shape, ScalarType.Float32, 1).requires_grad_();
        using Tensor y = RandomCase.SoftTargets(s_shape, ScalarType.Float32, 1), w = RandomCase.VoxelWeights(s_shape, ScalarType.Float32, 1);
        using DiceLossModule module = nn.DiceLoss(new DiceOptions { Activation = Activation.Sigmoid });
        using DeepSupervisionModule deep = nn.DeepSupervisionLoss(module.Options);
        KeepsNoHandle(Step);

        void Step()
        {
            using Tensor logits = weights.neg(), coarse = logits.narrow(2, 0, 16), odd = logits.narrow(3, 0, 20);
            using Tensor loss = levels ? deep.call([logits, coarse, odd], y, w) : module.call(logits, y, w);
            loss.backward();
            using Tensor gradient = weights.grad!;
            weights.grad = null;
        }
    }

    [Fact]
    public void DiceLoss_LargeMapsAndWeights_CopiesNeither()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peak memory is read from /proc.");
        const long LogitsBytes = 64L << 20;
        using Tensor logits = randn([1L, 4, 64, 256, 256]), y = rand([1L, 4, 64, 256, 256]), w = rand([1L, 64, 256, 256]);
        using Tensor turnedY = y.transpose(3, 4), turnedW = w.transpose(2, 3), maps = y.gt(0.5), half = logits.slice(2, 0, 64, 2).slice(3, 0, 256, 2).slice(4, 0, 256, 2).contiguous();
        using DiceLossModule module = nn.DiceLoss(new DiceOptions { Activation = Activation.Sigmoid });
        using DeepSupervisionModule levels = nn.DeepSupervisionLoss(module.Options);
        module.call(half, half.sigmoid(), null).Dispose(); // what is made once is made

        long before = ResidentMemory.WithoutGarbage();
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak starts anew
        module.call(logits, y, w).Dispose();
        module.call(logits, turnedY, turnedW).Dispose();
        levels.call([logits, half], y, w).Dispose();
        nn.functional.dice_metrics(logits, maps, module.Options, w);
        Assert.InRange(PeakBytes() - before, long.MinValue, LogitsBytes / 8);
    }

    [Fact]
    public void Step_WithoutADisposeScope_KeepsNothing()
    {
        using Tensor weights = RandomCase.Logits(s_shape, ScalarType.Float32, 1).requires_grad_();
        using Tensor y = RandomCase.Labels(s_shape, ScalarType.Byte, 1);
        KeepsNoHandle(Step);

        void Step()
        {
            using Tensor logits = weights.neg(), loss = nn.functional.dice_loss(logits, y);
            loss.backward();
            using Tensor gradient = weights.grad!;
            weights.grad = null;
        }
    }

    // What a gradient leads to must not lead to it: a factor that depends on the loss itself would close the circle.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Grad_WithoutADisposeScope_KeepsOneAtMost(bool isDifferentiable)
    {
        using Tensor x = RandomCase.Logits([2, 3, 8, 8], ScalarType.Float32, 1).requires_grad_();
        using Tensor y = RandomCase.Labels([2, 3, 8, 8], ScalarType.Byte, 1);
        Step();
        FinalizeGarbage();
        long before = Tensor.TotalCount;
        for (int i = 0; i < 50; i++) Step();
        FinalizeGarbage();
        Assert.Equal(before, Tensor.TotalCount);
        if (!isDifferentiable) KeepsNoHandle(Step);

        void Step()
        {
            using Tensor loss = nn.functional.dice_loss(x, y), square = loss * loss;
            foreach (Tensor gradient in autograd.grad([square], [x], create_graph: isDifferentiable)) gradient.Dispose();
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

        long before = ResidentMemory.WithoutGarbage();
        loss.backward();
        Assert.InRange(ResidentMemory.WithoutGarbage() - before, long.MinValue, LogitsBytes / 4);
    }

    [Fact]
    public void Backward_OfLeafLogits_AllocatesOneGradient()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Peak memory is read from /proc.");
        const long LogitsBytes = 64L << 20;
        using Tensor logits = randn([1L, 4, 64, 256, 256]).requires_grad_(), y = randint(0, 4, [1L, 64, 256, 256], dtype: ScalarType.Byte);
        using Tensor loss = nn.functional.dice_loss(logits, y);

        long before = ResidentMemory.WithoutGarbage();
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak starts anew
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

    [Fact]
    public void Step_WithMapsAndWeightsInAGarbageCollectionStorm_GivesTheSameBits()
    {
        long[] shape = [2, 3, 8, 8];
        using DeepSupervisionModule module = nn.DeepSupervisionLoss(new DiceOptions { Activation = Activation.Sigmoid, Smooth = 1e-3, CrossEntropy = new() });
        using Tensor x = RandomCase.Logits(shape, ScalarType.Float32, 1), y = RandomCase.SoftTargets(shape, ScalarType.Float32, 1);
        using Tensor w = RandomCase.VoxelWeights(shape, ScalarType.Float32, 1), annotated = tensor([true, false, true, true, true, true]).reshape(2, 3);
        double[] expected = Gradient();
        InAStorm(() =>
        {
            for (int i = 0; i < 2000; i++) Assert.Equal(expected, Gradient());
        });

        double[] Gradient()
        {
            using Tensor detached = x.detach(), leaf = detached.requires_grad_(), one = ones_like(leaf), logits = leaf * one;
            using Tensor coarse = logits.narrow(2, 0, 4), odd = logits.narrow(3, 0, 3), loss = module.call([logits, coarse, odd], y, w, annotated);
            loss.backward();
            using Tensor gradient = leaf.grad!;
            return Values(gradient);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // then nothing but the library itself keeps its handles
    public void Step_InAGarbageCollectionStorm_GivesTheSameBits(bool inADisposeScope)
    {
        using DiceLossModule module = nn.DiceLoss(smooth: 1e-3);
        using Tensor x = RandomCase.Logits([2, 3, 8, 8], ScalarType.Float32, 1), y = RandomCase.Labels([2, 3, 8, 8], ScalarType.Byte, 1);
        double[] expected = Gradient(module, x, y);

        InAStorm(() =>
        {
            for (int i = 0; i < 4000; i++) Assert.Equal(expected, inADisposeScope ? Gradient(module, x, y) : GradientWithoutScope(module, x, y));
        });
    }

    private static void KeepsNoHandle(Action step)
    {
        step();
        FinalizeGarbage();
        long before = Tensor.TotalCount;
        GC.TryStartNoGCRegion(64 << 20); // nothing may hide behind a finalizer
        try
        {
            for (int i = 0; i < 100; i++) step();
            Assert.Equal(before, Tensor.TotalCount);
        }
        finally
        {
            GC.EndNoGCRegion();
        }
    }

    private static void InAStorm(Action action)
    {
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
            action();
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

    private static (long Handles, long Managed, long Resident) Memory()
    {
        FinalizeGarbage();
        return (Tensor.TotalCount, GC.GetTotalMemory(forceFullCollection: true), ResidentMemory.WithoutGarbage());
    }

    private static long PeakBytes()
    {
        string line = File.ReadLines("/proc/self/status").First(status => status.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.AsSpan(6, line.Length - 8), System.Globalization.CultureInfo.InvariantCulture);
    }
}
