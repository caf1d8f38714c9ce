using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cpu.Kernels;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>What a call takes beyond logits, labels and gradient: it depends on the classes, not on the volume.</summary>
public sealed class WorkingMemoryTests
{
    private static readonly DiceOptions s_everyTerm = new()
    {
        Activation = Activation.Sigmoid,
        CrossEntropy = new CrossEntropy(),
        Focal = new Focal(),
        HardPrediction = HardPrediction.Threshold,
    };

    // Enough tiles for as many segments as there may be.
    private static readonly Case s_labels = new() { Shape = [1, 105, 512 * 8 * 70], Seed = 1 };
    private static readonly Case s_masks = s_labels with { Targets = TargetKind.Maps, LabelsType = ElementType.UInt8 };

    public static TheoryData<Case, int> Bounds => new()
    {
        { s_labels with { Shape = [1, 5, 512 * 8 * 70] }, 128 },
        { s_labels, 1024 },
        { s_labels with { LogitsType = ElementType.Float64 }, 1024 },
        { s_labels with { WeightsType = ElementType.Float32 }, 1638 },
        { s_masks with { LogitsType = ElementType.Float16 }, 1638 },
        { s_labels with { Options = s_everyTerm }, 2304 },
        { s_masks with { LogitsType = ElementType.Float16, WeightsType = ElementType.Float32, Options = s_everyTerm }, 2458 },
        { s_labels with { Shape = [1, 725, 512 * 8 * 70] }, 4096 },
    };

    // In the first call of a provider, which keeps its partial sums for the next ones.
    [Theory]
    [MemberData(nameof(Bounds), DisableDiscoveryEnumeration = true)]
    public void ForwardBackward_TwoThreads_StaysWithinTheBound(Case what, int kibibytes)
    {
        using var run = new CaseRun(what);
        long least = Enumerable.Range(0, 3).Min(_ =>
        {
            var provider = new ScratchMeter(new CpuProvider(new CpuOptions { MaxThreads = 1 }));
            long before = GC.GetAllocatedBytesForCurrentThread();
            DiceResult result = run.Forward(provider);
            Dice.Backward(result, run.Logits.Descriptor, run.Targets, default, run.Gradient.Descriptor, provider: provider);
            return GC.GetAllocatedBytesForCurrentThread() - before + (2 * provider.ScratchBytes);
        });

        Assert.InRange(least, 1, kibibytes * 1024L);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ForwardBackward_AfterTheFirstCall_AllocatesTheResultAndNothingElse(int threads)
    {
        using var run = new CaseRun(new Case { Shape = [2, 5, 512 * 40], Seed = 1 });
        var provider = new CpuProvider(new CpuOptions { MaxThreads = threads, Team = new ThisThread() });
        DiceResult result = run.Forward(provider);
        Backward();
        long ofResult = Allocated(() => Dice.Evaluate(new DiceSums(2, 5)));

        Assert.Equal(ofResult, Allocated(() => result = run.Forward(provider)));
        Assert.Equal(0, Allocated(Backward));

        void Backward() => Dice.Backward(result, run.Logits.Descriptor, run.Labels.Descriptor, default, run.Gradient.Descriptor, provider: provider);

        // The least of several: a collection in the middle, which another test may ask for, is counted to whom it meets.
        static long Allocated(Action action)
        {
            long least = long.MaxValue;
            for (int i = 0; i < 5; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                action();
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return least;
        }
    }

    // Logits and maps are one number, seen again and again: what a class takes of the machine is working memory, and the gradient of one pass.
    [Fact]
    public void ForwardBackward_MoreThanTheMachineHas_RefusesBeforeAnythingIsReadOrWritten()
    {
        const int classes = 1 << 18;
        const long mostSums = 1 << 27;
        var options = new DiceOptions
        {
            Activation = Activation.Sigmoid,
            CrossEntropy = new CrossEntropy(),
            Focal = new Focal(),
            Reduction = DiceReduction.Batch,
        };
        using var logit = TensorBuffer.Of(ElementType.Float32, [1], [0.0]);
        using var map = TensorBuffer.Of(ElementType.UInt8, [1], [0L]);
        var meter = new ScratchMeter(new CpuProvider(new CpuOptions { MaxThreads = 1 }));
        Dice.Sums(Seen(logit, 1), Seen(map, 1), options, meter);
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, samples = (available / meter.ScratchBytes) + 1;
        Assert.SkipWhen(samples > mostSums / classes, $"This machine has {available} bytes, and no shape needs more than {mostSums / classes * meter.ScratchBytes}.");

        // A map that holds no target: to have looked at it is another exception.
        map.Write([2L]);
        var provider = new CpuProvider(new CpuOptions { MaxThreads = int.MaxValue, Team = new ThisThread() });
        string message = $"{classes} classes need ";
        Assert.StartsWith(message, Assert.Throws<InsufficientMemoryException>(
            () => Dice.Forward(Seen(logit, samples), Seen(map, samples), options, provider)).Message, StringComparison.Ordinal);

        DiceResult result = Dice.Evaluate(new DiceSums(samples, classes, TargetKind.Maps), options);
        using var gradient = new TensorBuffer(ElementType.Float32, [samples, classes, 1]);
        byte[] before = gradient.Snapshot();
        Assert.StartsWith(message, Assert.Throws<InsufficientMemoryException>(
            () => Dice.Backward(result, Seen(logit, samples), Seen(map, samples), default, gradient.Descriptor, provider: provider)).Message, StringComparison.Ordinal);
        gradient.AssertUnchanged(before);

        static TensorDescriptor Seen(TensorBuffer one, long samples)
        {
            long[] shape = [samples, classes, 1], strides = [0, 0, 0];
            return new TensorDescriptor(one.Address, Device.Cpu, one.Type, shape, strides);
        }
    }

    // Logits and masks are one number here too: nobody looks at them.
    [Fact]
    public void Sums_MillionsOfClasses_PartsOfAllKindsFitIntoOneArray()
    {
        var options = new DiceOptions
        {
            Activation = Activation.Sigmoid,
            CrossEntropy = new CrossEntropy(),
            Focal = new Focal(),
            HardPrediction = HardPrediction.Threshold,
        };
        using var logit = TensorBuffer.Of(ElementType.Float32, [1], [0.0]);
        using var mask = TensorBuffer.Of(ElementType.UInt8, [1], [0L]);
        long[] shape = [1, 1 << 23, 512 * 8 * 64], strides = [0, 0, 0];
        var counter = new PartCounter();
        Dice.Sums(
            new TensorDescriptor(logit.Address, Device.Cpu, logit.Type, shape, strides), new TensorDescriptor(mask.Address, Device.Cpu, mask.Type, shape, strides), options, counter);
        Assert.InRange(counter.Parts, 1, Array.MaxLength);
    }

    /// <summary>A team whose members all work on the calling thread, one after the other: what they allocate is counted there.</summary>
    private sealed class ThisThread : IThreadTeam
    {
        public int Size => 2;

        public void Run(int members, Action member)
        {
            for (int i = 0; i < members; i++) member();
        }
    }

    /// <summary>Counts the sums that a forward pass keeps of its segments.</summary>
    private sealed class PartCounter : IDiceProvider
    {
        public string Name => "parts";

        public long Parts { get; private set; }

        public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason)
        {
            reason = null;
            return true;
        }

        public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
        {
            TileKernel kernel = KernelTable.Find(SimdLevel.Scalar, problem);
            Parts = new Segments(problem).Count * kernel.TermCount(KernelShape.Of(problem)) * problem.Classes;
            return default;
        }

        public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination) =>
            throw new NotSupportedException();
    }

    /// <summary>Looks at the scratch of a thread, which is native memory that no counter shows.</summary>
    private sealed class ScratchMeter(CpuProvider provider) : IDiceProvider
    {
        public string Name => provider.Name;

        public long ScratchBytes { get; private set; }

        public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason) =>
            provider.Supports(device, logits, targets, out reason);

        public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
        {
            KernelShape shape = KernelShape.Of(problem);
            TileKernel kernel = KernelTable.Find(provider.SimdLevel, problem);
            var fresh = new Thread(() => // this one may have kept a larger scratch from before
            {
                using Scratch scratch = Scratch.Rent(kernel, shape, threads: 1);
                ScratchBytes = (long)scratch.Capacity;
            });
            fresh.Start();
            fresh.Join();
            return provider.Sums(problem, destination);
        }

        public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination) =>
            provider.Gradient(problem, coefficients, upstream, destination);
    }
}
