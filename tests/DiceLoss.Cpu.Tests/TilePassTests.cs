using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cpu.Kernels;
using DiceLoss.Cpu.Simd;
using DiceLoss.Cpu.Threading;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>What holds for every pass, whatever it does with its voxels.</summary>
public sealed class TilePassTests
{
    [Fact]
    public void Run_CancelledInASegment_EndsBeforeTheNextTile()
    {
        using var run = new CaseRun(new Case { Shape = [1, 2, 3 * CpuProvider.TileVoxels] });
        using var source = new CancellationTokenSource();
        var pass = new CancellingPass(source);
        Assert.Throws<OperationCanceledException>(() => Dice.Sums(run.Logits.Descriptor, run.Targets, null, pass, cancellation: source.Token));
        Assert.Equal(1, pass.Tiles);
    }

    /// <summary>A pass over one segment that is cancelled during each of its tiles.</summary>
    private sealed class CancellingPass(CancellationTokenSource source) : TilePass(LanePattern.Tile), IDiceProvider
    {
        public string Name => "cancelling";

        public int Tiles { get; private set; }

        public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason)
        {
            reason = null;
            return true;
        }

        public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
        {
            Prepare(KernelTable.Find(SimdLevel.Scalar, problem), problem, mayReadDirectly: true);
            Assert.Equal(1, SegmentCount);
            Run(problem, PoolTeam.Instance, maxThreads: 1);
            return default;
        }

        public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination) =>
            throw new NotSupportedException();

        protected override void BeginSegment(long segment, long sample, Scratch scratch)
        {
        }

        protected override void DoRun(ref BlockRun run, long sample, long firstVoxel, int voxels, Scratch scratch)
        {
        }

        protected override void EndTile(long segment, long sample, int counted, in InvalidTargets invalid, Scratch scratch)
        {
            Tiles++;
            source.Cancel();
        }

        protected override void EndSegment(long segment, long sample, Scratch scratch)
        {
        }
    }
}
