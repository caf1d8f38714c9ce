using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cpu;
using DiceLoss.Testing;
using DiceLoss.Trust.Figures.Faults;
using DiceLoss.Trust.Figures.Guarded;
using DiceLoss.Trust.Figures.Poisoned;

namespace DiceLoss.Trust.Tests;

/// <summary>Providers that break a promise, and the figure that says so.</summary>
public sealed class FaultFigureTests
{
    [Fact]
    public void Bounds_AProviderThatReadsOneByteTooFar_IsBrokenAndNamesTheCase()
    {
        Assert.SkipUnless(GuardedMemory.IsSupported, "Guard pages are made with Linux's mmap.");
        string broken = BrokenBy(new OverreadBounds());
        Assert.Contains("the process ended with", broken, StringComparison.Ordinal);
        Assert.Contains("Placement = BeforeGuard, Shift = 0", broken, StringComparison.Ordinal);
    }

    [Fact]
    public void NotFinite_AProviderThatHidesNaN_IsBroken() => Assert.Contains("the loss is", BrokenBy(new NotFinite(new HidesNaN())), StringComparison.Ordinal);

    [Fact]
    public void ConcurrentCallers_AProviderForOneCallerAtATime_IsBroken() =>
        Assert.Contains("beside other callers", BrokenBy(new ConcurrentCallers(new OneAtATime())), StringComparison.Ordinal);

    private static string BrokenBy(Figure figure)
    {
        Finding finding = Measurement.Of([figure], TimeSpan.Zero, TimeSpan.MaxValue).Single().Finding;
        Assert.Equal(Verdict.Broken, finding.Verdict);
        return finding.Result;
    }

    private sealed class OverreadBounds : Bounds
    {
        protected override IDiceProvider Provider => new Overread();
    }

    private abstract class Faulty : IDiceProvider
    {
        public string Name => "faulty";

        public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason) =>
            CpuProvider.Shared.Supports(device, logits, targets, out reason);

        public abstract InvalidTargets Sums(in DiceProblem problem, DiceSums destination);

        public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination) =>
            CpuProvider.Shared.Gradient(problem, coefficients, upstream, destination);
    }

    private sealed unsafe class Overread : Faulty
    {
        public override InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
        {
            long bytes = problem.Logits.ElementCount * problem.Logits.ElementType.Size();
            if (problem.Logits.Strides.IsEmpty && *((byte*)problem.Logits.Address + bytes) == 1) return default;
            return CpuProvider.Shared.Sums(problem, destination);
        }
    }

    private sealed class HidesNaN : Faulty
    {
        public override InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
        {
            InvalidTargets invalid = CpuProvider.Shared.Sums(problem, destination);
            for (long n = 0; n < problem.Samples; n++)
            {
                foreach (SumTerm term in (SumTerm[])[SumTerm.Intersection, SumTerm.PredictionMass])
                {
                    foreach (ref CompensatedSum sum in destination[term, n])
                    {
                        if (double.IsNaN(sum.Value)) sum = default;
                    }
                }
            }

            return invalid;
        }
    }

    private sealed class OneAtATime : Faulty
    {
        private int _inside;

        public override InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
        {
            int inside = Interlocked.Increment(ref _inside);
            InvalidTargets invalid = CpuProvider.Shared.Sums(problem, destination);
            if (inside > 1) destination[SumTerm.PredictionMass, 0][0] += new CompensatedSum(1, 0);
            Interlocked.Decrement(ref _inside);
            return invalid;
        }
    }
}
