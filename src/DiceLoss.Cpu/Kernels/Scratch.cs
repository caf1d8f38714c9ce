using System.Runtime.InteropServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// The working memory of one thread: one aligned piece of native memory, kept with the thread while it is small. Its size depends on the
/// number of classes alone.
/// </summary>
internal sealed unsafe class Scratch : IDisposable
{
    /// <summary>I and P have totals in two doubles per lane; T, which counts, needs one.</summary>
    private const int TotalsPerClass = 5;
    private const int Terms = 3;
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

    /// <summary>Probabilities of a column: one row of <see cref="LanePattern.Column"/> registers per class, or two.</summary>
    public void* Rows { get; private set; }

    /// <summary>A, per class.</summary>
    public void* ByIntersection { get; private set; }

    /// <summary>e * B, per class.</summary>
    public void* ByPredictionMass { get; private set; }

    /// <summary>The sums of the tile, [term][class][lane].</summary>
    public void* Accumulators { get; private set; }

    /// <summary>The sums of the segment in doubles, [term][class][lane]: I, P, T, then the compensations of I and P.</summary>
    public double* Totals { get; private set; }

    /// <summary>A block of logits and then of their gradient, [channel][voxel], for what does not lie in memory as kernels read it.</summary>
    public byte* Block { get; private set; }

    /// <summary>Bytes from one channel to the next in <see cref="Block"/>.</summary>
    public nint BlockStride { get; private set; }

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
        (nuint)shape.Classes * Terms * (nuint)(kernel.Lanes * kernel.ComputeSize);

    private static nuint TotalBytes(TileKernel kernel, in KernelShape shape) =>
        (nuint)shape.Classes * TotalsPerClass * (nuint)(kernel.Lanes * sizeof(double));

    private void LayOut(TileKernel kernel, in KernelShape shape)
    {
        int block = kernel.Block;
        nuint classes = (nuint)shape.Classes;
        nuint compute = (nuint)kernel.ComputeSize;
        BlockStride = block * kernel.ElementSize;

        Span<nuint> sizes =
        [
            LanePattern.Tile * compute,
            classes * (nuint)kernel.RowsPerClass * (nuint)block * compute,
            classes * compute,
            classes * compute,
            AccumulatorBytes(kernel, shape),
            TotalBytes(kernel, shape),
            (nuint)shape.Channels * (nuint)BlockStride,
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
        ByIntersection = start + sizes[2];
        ByPredictionMass = start + sizes[3];
        Accumulators = start + sizes[4];
        Totals = (double*)(start + sizes[5]);
        Block = start + sizes[6];
        RawLabels = start + sizes[7];
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
