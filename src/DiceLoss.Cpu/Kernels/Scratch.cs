using System.Runtime.InteropServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// The working memory of one thread: one aligned piece of native memory, kept with the thread while it is small. Its size depends on the
/// number of classes alone.
/// </summary>
internal sealed unsafe class Scratch : IDisposable
{
    private const int DoublesPerTotal = 2;
    private const int PanelBytes = 1 << 17; // a part of the second-level cache
    private const nuint Alignment = LanePattern.CacheLine;
    private const nuint KeptBytes = 1 << 20;

    [ThreadStatic]
    private static Scratch? t_kept;

    private void* _memory;
    private nuint _capacity;

    private Scratch()
    {
    }

    ~Scratch() => Free();

    /// <summary>Bytes of native memory that it holds.</summary>
    public nuint Capacity => _capacity;

    /// <summary>Labels of the tile, as the type that is computed in: class or <see cref="LabelCode"/>.</summary>
    public void* Labels { get; private set; }

    /// <summary>One row of a block's voxels per class.</summary>
    public void* Rows { get; private set; }

    /// <summary>What makes probabilities of the rows, per voxel of a block.</summary>
    public void* Scales { get; private set; }

    /// <summary>-log p of its own class, per voxel of a block.</summary>
    public void* LogLosses { get; private set; }

    /// <summary>The logarithm of the sum of the rows, per voxel of a block.</summary>
    public void* LogSums { get; private set; }

    /// <summary>A, per class.</summary>
    public void* ByIntersection { get; private set; }

    /// <summary>e * B, per class.</summary>
    public void* ByPredictionMass { get; private set; }

    /// <summary>C, per class.</summary>
    public void* ByLogLoss { get; private set; }

    /// <summary>D, per class.</summary>
    public void* ByUniformLogLoss { get; private set; }

    /// <summary>The sums of the tile, [I, P, those of the voxel term, T][class][lane]; T, as integers, is that of the segment.</summary>
    public void* Accumulators { get; private set; }

    /// <summary>The sums of the segment, [I, P, those of the voxel term][class][value, compensation].</summary>
    public double* Totals { get; private set; }

    /// <summary>T of the segment, per class.</summary>
    public long* Counts { get; private set; }

    /// <summary>Blocks of logits and then of their gradient, [channel][voxel], for what does not lie in memory as kernels read it.</summary>
    public byte* Panel { get; private set; }

    /// <summary>Voxels that fit into the panel: whole blocks, up to a tile.</summary>
    public int PanelVoxels { get; private set; }

    /// <summary>Bytes from one channel of the panel to the next.</summary>
    public nint PanelStride { get; private set; }

    /// <summary>Labels of the tile as they are stored, for those that do not lie next to each other.</summary>
    public byte* RawLabels { get; private set; }

    /// <summary>The scratch of the calling thread, laid out for a kernel. Dispose it to give it back.</summary>
    public static Scratch Rent(TileKernel kernel, in KernelShape shape)
    {
        Scratch scratch = t_kept ?? new Scratch();
        t_kept = null;
        scratch.LayOut(kernel, shape);
        return scratch;
    }

    /// <summary>Sets the sums of the segment to 0.</summary>
    public void ClearTotals(TileKernel kernel, in KernelShape shape)
    {
        NativeMemory.Clear(Accumulators, AccumulatorBytes(kernel, shape));
        NativeMemory.Clear(Totals, TotalBytes(kernel, shape));
        NativeMemory.Clear(Counts, (nuint)shape.Classes * sizeof(long));
    }

    public void Dispose()
    {
        if (_capacity <= KeptBytes && t_kept is null)
        {
            t_kept = this;
            return;
        }

        Free();
        GC.SuppressFinalize(this);
    }

    private static nuint AccumulatorBytes(TileKernel kernel, in KernelShape shape) =>
        (nuint)shape.Classes * (nuint)(kernel.Terms + 1) * (nuint)(kernel.Lanes * kernel.ComputeSize);

    private static nuint TotalBytes(TileKernel kernel, in KernelShape shape) =>
        (nuint)shape.Classes * (nuint)kernel.Terms * DoublesPerTotal * sizeof(double);

    private void LayOut(TileKernel kernel, in KernelShape shape)
    {
        int block = kernel.Block;
        nuint classes = (nuint)shape.Classes;
        nuint compute = (nuint)kernel.ComputeSize;
        PanelVoxels = Math.Clamp(PanelBytes / (shape.Channels * kernel.ElementSize) / block * block, block, LanePattern.Tile);
        PanelStride = (PanelVoxels * kernel.ElementSize) + LanePattern.CacheLine; // rows that do not all begin in the same set of the cache

        Span<nuint> sizes =
        [
            LanePattern.Tile * compute,
            2 * classes * (nuint)block * compute,
            (nuint)block * compute,
            (nuint)block * compute,
            (nuint)block * compute,
            classes * compute,
            classes * compute,
            classes * compute,
            classes * compute,
            AccumulatorBytes(kernel, shape),
            TotalBytes(kernel, shape),
            classes * sizeof(long),
            (nuint)shape.Channels * (nuint)PanelStride,
            LanePattern.Tile * sizeof(long),
        ];
        nuint total = 0;
        foreach (ref nuint size in sizes)
        {
            nuint aligned = (size + Alignment - 1) & ~(Alignment - 1);
            size = total;
            total += aligned;
        }

        Reserve(total);
        byte* start = (byte*)_memory;
        Labels = start + sizes[0];
        Rows = start + sizes[1];
        Scales = start + sizes[2];
        LogLosses = start + sizes[3];
        LogSums = start + sizes[4];
        ByIntersection = start + sizes[5];
        ByPredictionMass = start + sizes[6];
        ByLogLoss = start + sizes[7];
        ByUniformLogLoss = start + sizes[8];
        Accumulators = start + sizes[9];
        Totals = (double*)(start + sizes[10]);
        Counts = (long*)(start + sizes[11]);
        Panel = start + sizes[12];
        RawLabels = start + sizes[13];
    }

    private void Reserve(nuint bytes)
    {
        if (bytes <= _capacity) return;
        Free();
        _memory = NativeMemory.AlignedAlloc(bytes, Alignment);
        _capacity = bytes;
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        _capacity = 0;
    }
}
