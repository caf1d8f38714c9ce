using System.Runtime.Intrinsics.X86;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>The backward pass: the gradient of every voxel from the coefficients of its sample.</summary>
internal sealed unsafe class GradientPass() : TilePass(LanePattern.LongTile)
{
    /// <summary>
    /// From so many bytes on, a gradient is written past the caches. Written through them, it is first read from memory, unless it is still in a cache since
    /// the last step; that of a network's training is not, after all that went through the caches in between.
    /// </summary>
    public const long StreamedBytes = 4 << 20;

    private static readonly SumTerm[] s_terms = Enum.GetValues<SumTerm>();

    private readonly SpatialLayout _layout = new();
    private DiceCoefficients _coefficients = null!;
    private UpstreamReader _upstream;
    private byte* _gradient;
    private long _sampleStride;
    private nint _channelStride;
    private bool _streams;
    private bool _isAligned;

    /// <summary>Writes the gradient of every voxel.</summary>
    /// <param name="kernel">The voxel loops.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="team">Whose threads.</param>
    /// <param name="maxThreads">How many of them at most.</param>
    /// <param name="coefficients">The derivatives by the sums.</param>
    /// <param name="upstream">The factor of the gradient.</param>
    /// <param name="destination">Where to.</param>
    public void Make(
        TileKernel kernel,
        in DiceProblem problem,
        IThreadTeam team,
        int maxThreads,
        DiceCoefficients coefficients,
        in TensorDescriptor upstream,
        in TensorDescriptor destination)
    {
        // A strided gradient is made in the scratch that holds the logits.
        _layout.Read(destination, 2);
        Prepare(kernel, problem, mayReadDirectly: _layout.IsContiguous);
        _coefficients = coefficients;
        _upstream = new UpstreamReader(upstream);
        _gradient = (byte*)destination.Address;
        _sampleStride = destination.Stride(0) * kernel.ElementSize;
        _channelStride = (nint)destination.Stride(1) * kernel.ElementSize;

        // In place, the line is in the cache already, just read. A small gradient is found there by whoever reads it next.
        bool isInPlace = destination.Address == problem.Logits.Address;
        _streams = !isInPlace && destination.ElementCount * kernel.ElementSize >= StreamedBytes;
        _isAligned = (_sampleStride | _channelStride) % LanePattern.CacheLine == 0;

        // What a kernel cannot write past the caches, or only slowly, it makes in the panel, from where it is copied there.
        bool arePagesApart = problem.Channels > 1 && _channelStride % LanePattern.Page == 0;
        bool hasRoom = (long)problem.Channels * kernel.Block * kernel.ElementSize <= Scratch.PanelBytes;
        GoesByPanel = _streams && _layout.IsContiguous && (!_isAligned || (arePagesApart && hasRoom && kernel.GainsByPanel));
        Lead = _streams && _isAligned && !GoesByPanel ? VoxelsToCacheLine() : 0;
        Run(problem, team, maxThreads);
        _coefficients = null!;
    }

    // The upstream factor goes into the coefficients, and these into their sum, in double, before anything is rounded.
    protected override void BeginSegment(long segment, long sample, Scratch scratch)
    {
        scratch.UniformLogLossSum = 0;
        foreach (SumTerm term in s_terms)
        {
            ReadOnlySpan<double> values = _coefficients[term, sample];
            void* coefficients = scratch.Coefficients(term);
            for (int k = 0; k < values.Length; k++)
            {
                double factor = _upstream.Factor(sample, k);
                if (term == SumTerm.PredictionMass) factor *= Shape.Exponent;
                double coefficient = factor * values[k];
                if (term == SumTerm.UniformLogLoss) scratch.UniformLogLossSum += coefficient;
                Set(coefficients, k, coefficient);
            }
        }
    }

    protected override void DoRun(ref BlockRun run, long sample, long firstVoxel, int voxels, Scratch scratch)
    {
        // What a kernel cannot write where it belongs is made in the panel, over the logits that were gathered there.
        byte* gradient = _gradient + (sample * _sampleStride);
        bool inScratch = GoesByPanel || !_layout.IsContiguous || voxels % Kernel.Block != 0;
        run.Gradient = inScratch ? scratch.Panel : gradient + (firstVoxel * Kernel.ElementSize);
        run.GradientStride = inScratch ? scratch.PanelStride : _channelStride;
        run.Streams = _streams && _isAligned && !inScratch;
        Kernel.Gradient(Shape, run, scratch);
        if (GoesByPanel)
        {
            CopyLines(gradient, firstVoxel, voxels, scratch);
        }
        else if (inScratch)
        {
            StridedCopy.Scatter(
                scratch.Panel, scratch.PanelStride, gradient, _layout, _channelStride, Shape.Channels, firstVoxel, voxels, Kernel.ElementSize, _streams ? scratch.Staging : null);
        }
    }

    protected override void EndTile(long segment, long sample, int counted, in InvalidTargets invalid, Scratch scratch)
    {
        if (invalid.Count > 0)
        {
            throw new InvalidOperationException(
                $"The targets have changed since the forward pass: there are invalid ones in sample {invalid.Sample}. The gradient is unspecified.");
        }
    }

    // What went past the caches is not ordered with what comes after; the thread that waits for this one must see it.
    protected override void EndSegment(long segment, long sample, Scratch scratch)
    {
        if (_streams && Sse.IsSupported) Sse.StoreFence();
    }

    // From the panel past the caches, run after run of a segment.
    private void CopyLines(byte* gradient, long firstVoxel, int voxels, Scratch scratch)
    {
        bool continues = !IsBorder(firstVoxel), ends = IsBorder(firstVoxel + voxels);
        gradient += firstVoxel * Kernel.ElementSize;
        for (int c = 0; c < Shape.Channels; c++)
        {
            LineCopy.Stream(scratch.Panel + (c * scratch.PanelStride), gradient + (c * _channelStride), (nint)voxels * Kernel.ElementSize, continues, ends);
        }
    }

    // Arrays on the managed heap begin anywhere. Where all channels are as far from a cache line, a few voxels bring all of them to one.
    private int VoxelsToCacheLine() => (int)(-(long)_gradient & (LanePattern.CacheLine - 1)) / Kernel.ElementSize;

    private void Set(void* coefficients, int k, double value)
    {
        if (Kernel.ComputeSize == sizeof(double)) ((double*)coefficients)[k] = value;
        else ((float*)coefficients)[k] = (float)value;
    }
}
