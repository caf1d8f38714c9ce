using DiceLoss.Cpu.Simd;
using DiceLoss.Cpu.Threading;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// One pass over the voxels of a problem, by segment, tile and run of blocks. Blocks that lie in memory as kernels read them are worked on
/// where they are; others (strided tensors, the last voxels of a volume) are gathered to scratch, one block at a time. A pass can be made
/// again and again, by one caller at a time; only the first one, or a larger one, allocates.
/// </summary>
internal abstract unsafe class TilePass : IWork
{
    // Below this, waking a thread costs more than it saves.
    private const long ElementsPerThread = 1 << 16;

    private readonly WorkLoop _loop;
    private readonly SpatialLayout _logitLayout = new();
    private readonly SpatialLayout _labelLayout = new();
    private byte* _logits;
    private byte* _labels;
    private long _logitSampleStride;
    private long _labelSampleStride;
    private nint _channelStride;
    private LabelReader _reader = null!;
    private LabelRule _rule;
    private Segments _segments;
    private CancellationToken _cancellation;

    protected TilePass() => _loop = new WorkLoop(this);

    protected TileKernel Kernel { get; private set; } = null!;

    protected KernelShape Shape { get; private set; }

    protected long SegmentCount => _segments.Count;

    protected long SegmentsPerSample => _segments.PerSample;

    /// <summary>Whether the pass itself needs blocks in scratch.</summary>
    protected virtual bool NeedsGather => false;

    private int Block => Kernel.Block;

    /// <inheritdoc/>
    public void Do(long item)
    {
        (long sample, long first, long end) = _segments.Locate(item);
        using Scratch scratch = Scratch.Rent(Kernel, Shape);
        BeginSegment(item, sample, scratch);
        for (long voxel = first; voxel < end; voxel += LanePattern.Tile)
        {
            _cancellation.ThrowIfCancellationRequested();
            DoTile(item, sample, voxel, (int)Math.Min(LanePattern.Tile, end - voxel), scratch);
        }

        EndSegment(item, sample, scratch);
    }

    /// <summary>Takes over a problem.</summary>
    protected void Prepare(TileKernel kernel, in DiceProblem problem)
    {
        Kernel = kernel;
        Shape = new KernelShape(problem.Channels, problem.Classes, problem.Exponent);
        _reader = LabelReader.For(problem.Labels.ElementType, kernel.ComputeSize);
        _rule = new LabelRule(problem.FirstLabel, problem.LabelLimit, problem.IgnoreLabel);
        _segments = new Segments(problem);
        _cancellation = problem.Cancellation;

        _logits = (byte*)problem.Logits.Address;
        _labels = (byte*)problem.Labels.Address;
        _logitLayout.Read(problem.Logits, 2);
        _labelLayout.Read(problem.Labels, 1);
        _logitSampleStride = problem.Logits.Stride(0) * kernel.ElementSize;
        _labelSampleStride = problem.Labels.Stride(0) * _reader.LabelSize;
        _channelStride = (nint)problem.Logits.Stride(1) * kernel.ElementSize;
    }

    /// <summary>Makes the pass.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="team">Whose threads.</param>
    /// <param name="maxThreads">How many of them at most.</param>
    protected void Run(in DiceProblem problem, IThreadTeam team, int maxThreads)
    {
        long elements = problem.Samples * problem.Channels * problem.Voxels;
        _loop.Run(_segments.Count, team, (int)Math.Min(maxThreads, 1 + (elements / ElementsPerThread)));
    }

    protected abstract void BeginSegment(long segment, long sample, Scratch scratch);

    /// <summary>Works on whole blocks.</summary>
    /// <param name="run">The blocks; their gradient is still to be placed.</param>
    /// <param name="sample">The sample they are of.</param>
    /// <param name="firstVoxel">The first voxel among those of the sample.</param>
    /// <param name="gathered">How many voxels a gathered block holds; 0 for blocks that are worked on where they are.</param>
    /// <param name="scratch">The thread's scratch.</param>
    protected abstract void DoBlocks(ref BlockRun run, long sample, long firstVoxel, int gathered, Scratch scratch);

    protected abstract void EndTile(long segment, long sample, int counted, InvalidLabels invalid, Scratch scratch);

    protected abstract void EndSegment(long segment, long sample, Scratch scratch);

    private void DoTile(long segment, long sample, long voxel, int count, Scratch scratch)
    {
        int counted = ReadLabels(sample, voxel, count, scratch, out InvalidLabels invalid);
        bool allCount = counted == count && count % Block == 0;

        byte* logits = _logits + (sample * _logitSampleStride);
        int direct = _logitLayout.IsContiguous && !NeedsGather ? count / Block : 0;
        if (direct > 0)
        {
            var run = new BlockRun
            {
                Logits = logits + (voxel * Kernel.ElementSize),
                ChannelStride = _channelStride,
                FirstLabel = 0,
                AllCount = allCount,
                Blocks = direct,
            };
            DoBlocks(ref run, sample, voxel, gathered: 0, scratch);
        }

        for (int done = direct * Block; done < count; done += Block)
        {
            int length = Math.Min(Block, count - done);
            Gather(logits, voxel + done, length, scratch);
            var run = new BlockRun
            {
                Logits = scratch.Block,
                ChannelStride = scratch.BlockStride,
                FirstLabel = done,
                AllCount = allCount,
                Blocks = 1,
            };
            DoBlocks(ref run, sample, voxel + done, length, scratch);
        }

        EndTile(segment, sample, counted, invalid, scratch);
    }

    private int ReadLabels(long sample, long voxel, int count, Scratch scratch, out InvalidLabels invalid)
    {
        byte* labels = _labels + (sample * _labelSampleStride);
        byte* source = labels + (voxel * _reader.LabelSize);
        if (!_labelLayout.IsContiguous)
        {
            StridedCopy.Gather(labels, _labelLayout, voxel, count, _reader.LabelSize, scratch.RawLabels);
            source = scratch.RawLabels;
        }

        int counted = _reader.Read(_rule, source, count, scratch.Labels, out int invalidCount, out int first);
        _reader.Pad(scratch.Labels, count, (count + Block - 1) / Block * Block);
        invalid = invalidCount == 0 ? default : new InvalidLabels(invalidCount, sample, voxel + first, _reader.Value(source, first));
        return counted;
    }

    // What fills up a block does not count, whatever it is; zeros are no slower than others.
    private void Gather(byte* logits, long voxel, int length, Scratch scratch)
    {
        for (int c = 0; c < Shape.Channels; c++)
        {
            byte* row = scratch.Block + (c * scratch.BlockStride);
            StridedCopy.Gather(logits + (c * _channelStride), _logitLayout, voxel, length, Kernel.ElementSize, row);
            new Span<byte>(row + ((nint)length * Kernel.ElementSize), (Block - length) * Kernel.ElementSize).Clear();
        }
    }
}
