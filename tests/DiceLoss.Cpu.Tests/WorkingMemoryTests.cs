using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cpu.Kernels;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>What a call takes beyond logits, labels and gradient: it depends on the classes, not on the volume.</summary>
public sealed class WorkingMemoryTests
{
    [Theory]
    [InlineData(5, ElementType.Float32, 256)]
    [InlineData(105, ElementType.Float32, 1024)]
    [InlineData(105, ElementType.Float64, 1024)]
    [InlineData(725, ElementType.Float32, 16 * 1024)]
    public void ForwardBackward_TwoThreads_StaysWithinTheBound(int classes, ElementType type, int kibibytes)
    {
        // Enough tiles for as many segments as there may be.
        using var run = new CaseRun(new Case { Shape = [1, classes, 512 * 8 * 70], LogitsType = type, Seed = 1 });
        var provider = new ScratchMeter(new CpuProvider(new CpuOptions { MaxThreads = 1 }));
        Step();
        long perThread = provider.ScratchBytes;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        long managed = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(managed + (2 * perThread), 1, kibibytes * 1024L);

        void Step()
        {
            DiceResult result = run.Forward(provider);
            Dice.Backward(result, run.Logits.Descriptor, run.Labels.Descriptor, default, run.Gradient.Descriptor, provider: provider);
        }
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

    /// <summary>A team whose members all work on the calling thread, one after the other: what they allocate is counted there.</summary>
    private sealed class ThisThread : IThreadTeam
    {
        public int Size => 2;

        public void Run(int members, Action member)
        {
            for (int i = 0; i < members; i++) member();
        }
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
