using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;
using DiceLoss.Cpu.Threading;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// One pass over the voxels of a problem, by segment, tile and run of blocks. Blocks that lie in memory as kernels read them are worked on
/// where they are; others (strided tensors, the last voxels of a volume) are gathered to scratch, a few blocks at a time. A pass can be made
/// again and again, by one caller at a time; only the first one, or a larger one, allocates.
/// </summary>
internal abstract unsafe class TilePass : IWork<Scratch>
{
    // Below this, waking a thread costs more than it saves.
    private const long ElementsPerThread = 1 << 16;

    // How far ahead labels are asked for. With few channels one tile is done before memory answers.
    private const int TilesAhead = 2;

    private readonly WorkLoop<Scratch> _loop;
    private readonly int _tile;
    private readonly SpatialLayout _logitLayout = new();
    private readonly TargetSource _targets = new();
    private byte* _logits;
    private long _logitSampleStride;
    private nint _channelStride;

    // Of a voxel with all its channels side by side, next to those of the voxel before; 0 for other layouts.
    private nint _voxelBytes;

    private KernelShape _shape;
    private Segments _segments;
    private CancellationToken _cancellation;
    private bool _readsDirectly;
    private int _threads;

    /// <summary>Makes a pass.</summary>
    /// <param name="tile">Voxels in a tile, up to <see cref="LanePattern.LongTile"/>; segments consist of whole ones of <see cref="LanePattern.Tile"/>.</param>
    protected TilePass(int tile)
    {
        _tile = tile;
        _loop = new WorkLoop<Scratch>(this);
    }

    protected TileKernel Kernel { get; private set; } = null!;

    protected ref readonly KernelShape Shape => ref _shape;

    protected long SegmentCount => _segments.Count;

    protected long SegmentsPerSample => _segments.PerSample;

    /// <summary>Voxels at the beginning of a segment that are a tile of their own, so that the others begin where the pass wants them to.</summary>
    protected int Lead { get; set; }

    /// <summary>Whether what the pass writes goes by way of the panel, which then has to have room for every run.</summary>
    protected bool GoesByPanel { get; set; }

    private int Block => Kernel.Block;

    /// <inheritdoc/>
    public Scratch MakeTools() => Scratch.Rent(Kernel, Shape, _threads);

    /// <inheritdoc/>
    [SkipLocalsInit]
    public void Do(long item, Scratch scratch)
    {
        // What kernels keep on the stack begins with a page. A register that lies across two takes so long to store and load that some kernels need 1.6
        // times as long.
        byte here = 0;
        byte* skipped = stackalloc byte[(int)((nint)(&here) % LanePattern.Page) + 1];
        *skipped = 0; // else the compiler would drop it

        (long sample, long first, long end) = _segments.Locate(item);
        BeginSegment(item, sample, scratch);
        for (long voxel = first, length = Lead > 0 ? Lead : _tile; voxel < end; voxel += length, length = _tile)
        {
            _cancellation.ThrowIfCancellationRequested();
            DoTile(item, sample, voxel, (int)Math.Min(length, end - voxel), scratch);
        }

        EndSegment(item, sample, scratch);
    }

    /// <summary>Takes over a problem.</summary>
    /// <param name="kernel">The voxel loops.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="mayReadDirectly">Whether the pass has no need of blocks in scratch.</param>
    protected void Prepare(TileKernel kernel, in DiceProblem problem, bool mayReadDirectly)
    {
        Kernel = kernel;
        _shape = KernelShape.Of(problem);
        _targets.Prepare(kernel, problem);
        _segments = new Segments(problem);
        _cancellation = problem.Cancellation;

        _logits = (byte*)problem.Logits.Address;
        _logitLayout.Read(problem.Logits, 2);
        _logitSampleStride = problem.Logits.Stride(0) * kernel.ElementSize;
        _channelStride = (nint)problem.Logits.Stride(1) * kernel.ElementSize;
        _readsDirectly = mayReadDirectly && _logitLayout.IsContiguous;

        bool areSideBySide = _logitLayout.Distance == problem.Channels && _channelStride == kernel.ElementSize;
        _voxelBytes = areSideBySide ? problem.Channels * kernel.ElementSize : 0;
    }

    /// <summary>Makes the pass.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="team">Whose threads.</param>
    /// <param name="maxThreads">How many of them at most.</param>
    protected void Run(in DiceProblem problem, IThreadTeam team, int maxThreads)
    {
        long elements = problem.Samples * problem.Channels * problem.Voxels;
        _threads = (int)Math.Min(Math.Min(maxThreads, _segments.Count), 1 + (elements / ElementsPerThread));
        _loop.Run(_segments.Count, team, _threads);
        _cancellation = default; // a pass that waits for the next problem keeps nothing of the last one alive
    }

    /// <inheritdoc cref="Segments.IsBorder"/>
    protected bool IsBorder(long voxel) => _segments.IsBorder(voxel);

    protected abstract void BeginSegment(long segment, long sample, Scratch scratch);

    /// <summary>Works on a run of blocks.</summary>
    /// <param name="run">The blocks; their gradient is still to be placed.</param>
    /// <param name="sample">The sample they are of.</param>
    /// <param name="firstVoxel">The first voxel among those of the sample.</param>
    /// <param name="voxels">How many voxels; what fills up the last block comes on top.</param>
    /// <param name="scratch">The thread's scratch.</param>
    protected abstract void DoRun(ref BlockRun run, long sample, long firstVoxel, int voxels, Scratch scratch);

    protected abstract void EndTile(long segment, long sample, int counted, in InvalidTargets invalid, Scratch scratch);

    protected abstract void EndSegment(long segment, long sample, Scratch scratch);

    private void DoTile(long segment, long sample, long voxel, int count, Scratch scratch)
    {
        int counted = _targets.ReadTile(sample, voxel, count, scratch, out InvalidTargets invalid);
        bool allCount = counted == count && count % Block == 0;

        byte* logits = _logits + (sample * _logitSampleStride);
        long end = voxel + ((TilesAhead + 1L) * _tile);
        long ahead = end <= _segments.Voxels ? end - _tile : voxel; // what is not there would be looked for in vain, slowly
        for (int done = 0, length; done < count; done += length)
        {
            length = count - done;
            bool isDirect = _readsDirectly && length >= Block;
            if (!isDirect || GoesByPanel || Kernel.TakesMaps) length = Math.Min(length, scratch.PanelVoxels);
            if (isDirect) length = length / Block * Block;
            else Gather(logits, voxel + done, length, scratch);
            bool allTargets = !Kernel.TakesMaps || _targets.ReadRun(sample, voxel + done, done, length, scratch, ref invalid);
            var run = new BlockRun
            {
                Logits = isDirect ? logits + ((voxel + done) * Kernel.ElementSize) : scratch.Panel,
                ChannelStride = isDirect ? _channelStride : scratch.PanelStride,
                LabelsAhead = _targets.Labels(sample, ahead + done),
                LabelBytes = Block * _targets.LabelSize,
                LogitsAhead = logits + ((voxel + done + length) * _voxelBytes),
                LogitBytes = isDirect || voxel + done + (2 * length) > _segments.Voxels ? 0 : Block * _voxelBytes,
                FirstLabel = done,
                AllCount = allCount && allTargets,
                Blocks = (length + Block - 1) / Block,
            };
            DoRun(ref run, sample, voxel + done, length, scratch);
        }

        EndTile(segment, sample, counted, invalid, scratch);
    }

    // What fills up a block does not count, whatever it is; zeros are no slower than others.
    private void Gather(byte* logits, long voxel, int length, Scratch scratch)
    {
        StridedCopy.Gather(
            logits, _logitLayout, _channelStride, Shape.Channels, voxel, length, Kernel.ElementSize, scratch.Panel, scratch.PanelStride);
        int padding = (Block - (length % Block)) % Block;
        for (int c = 0; padding > 0 && c < Shape.Channels; c++)
        {
            byte* end = scratch.Panel + (c * scratch.PanelStride) + ((nint)length * Kernel.ElementSize);
            new Span<byte>(end, padding * Kernel.ElementSize).Clear();
        }
    }
}
