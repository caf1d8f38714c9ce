using System.Runtime.InteropServices;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// The working memory of one thread: one aligned piece of native memory, kept with the thread while it is small. Its size depends on
/// classes, channels, types, the kind of targets and what is added up, never on the volume.
/// </summary>
internal sealed unsafe class Scratch : IDisposable
{
    /// <summary>What the panel takes, if a block of all channels takes no more: a part of the second-level cache.</summary>
    public const int PanelBytes = 1 << 17;

    private const int DoublesPerTotal = 2;
    private const int RowBytes = 6 << 10; // a part of the first-level cache
    private const int MostBlocks = 4;
    private const nuint Alignment = AlignedMemory.Alignment;
    private const nuint KeptBytes = 1 << 20;

    // Up to so many bytes nobody asks how much memory there is.
    private const nuint FewBytes = 1 << 28;

    [ThreadStatic]
    private static Scratch? t_kept;

    private static readonly int s_sums = Enum.GetValues<SumTerm>().Length;

    private void* _memory;
    private nuint _capacity;
    private void* _coefficients;
    private nint _coefficientBytes;

    private Scratch()
    {
    }

    ~Scratch() => Free();

    /// <summary>Bytes of native memory that it holds.</summary>
    public nuint Capacity => _capacity;

    /// <summary>Labels of the tile, as the type that is computed in: class or <see cref="LabelCode"/>.</summary>
    public void* Labels { get; private set; }

    /// <summary>Weights of the tile, as the type that is computed in; for maps.</summary>
    public void* Weights { get; private set; }

    /// <summary>Targets of a run, [class][voxel], as the type that is computed in: from 0 to 1 or <see cref="LabelCode"/>; for maps.</summary>
    public void* Targets { get; private set; }

    /// <summary>Elements from one class of the targets to the next: the voxels that fit into the panel.</summary>
    public int TargetStride => PanelVoxels;

    /// <summary>Rows of voxels, two per class, with a voxel term three: [set][class][voxel].</summary>
    public void* Rows { get; private set; }

    /// <summary>
    /// Voxels of a row: of few classes several blocks, so that a processor has enough to do before it waits for the first; of more classes as many as
    /// the first-level cache has room for beside what is read.
    /// </summary>
    public int RowVoxels { get; private set; }

    /// <summary>What makes probabilities of the rows, per voxel of a row.</summary>
    public void* Scales { get; private set; }

    /// <summary>-log p of its own class, per voxel of a row.</summary>
    public void* LogLosses { get; private set; }

    /// <summary>(1 - p)^gamma (-log p) of its own class, per voxel of a row.</summary>
    public void* FocalLosses { get; private set; }

    /// <summary>The logarithm of the sum of the rows, per voxel of a row.</summary>
    public void* LogSums { get; private set; }

    /// <summary>The most probable class, per voxel of a row.</summary>
    public void* Predictions { get; private set; }

    /// <summary>The derivatives by a sum, per class; that by P times e.</summary>
    public void* Coefficients(SumTerm term) => (byte*)_coefficients + ((int)term * _coefficientBytes);

    /// <summary>The derivatives by <see cref="SumTerm.UniformLogLoss"/>, added up over the classes.</summary>
    public double UniformLogLossSum { get; set; }

    /// <summary>The sums of the tile, [those that the kernel names, T where it is counted][class][lane]; T, as integers, is that of the segment.</summary>
    public void* Accumulators { get; private set; }

    /// <summary>The products of sums of exponentials over the voxels of a class, [class][lane], for few classes; 1 where there were none.</summary>
    public void* Products { get; private set; }

    /// <summary>The sums of the segment, [those that the kernel names][class][value, compensation].</summary>
    public double* Totals { get; private set; }

    /// <summary>T of the segment where it is counted, per class.</summary>
    public long* Counts { get; private set; }

    /// <summary>
    /// Blocks of logits and then of their gradient, [channel][voxel], for what does not lie in memory as kernels read it. Before each row is room for
    /// what <see cref="LineCopy"/> holds back.
    /// </summary>
    public byte* Panel { get; private set; }

    /// <summary>Where the gradient of a panel is put together as it lies in memory.</summary>
    public byte* Staging { get; private set; }

    /// <summary>Voxels that fit into the panel: whole blocks, up to a tile.</summary>
    public int PanelVoxels { get; private set; }

    /// <summary>Bytes from one channel of the panel to the next.</summary>
    public nint PanelStride { get; private set; }

    /// <summary>Labels, weights or targets of the tile as they are stored, for those that do not lie next to each other.</summary>
    public byte* Raw { get; private set; }

    /// <summary>The scratch of the calling thread, laid out for a kernel. Dispose it to give it back.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="shape">What it works on.</param>
    /// <param name="threads">How many threads do this.</param>
    /// <exception cref="InsufficientMemoryException">The machine does not have so much for all of them.</exception>
    public static Scratch Rent(TileKernel kernel, in KernelShape shape, int threads)
    {
        Scratch scratch = t_kept ?? new Scratch();
        t_kept = null;
        scratch.LayOut(kernel, shape, threads);
        return scratch;
    }

    /// <summary>Sets the sums of the segment to 0 and its products to 1.</summary>
    public void ClearTotals(TileKernel kernel, in KernelShape shape)
    {
        NativeMemory.Clear(Accumulators, AccumulatorBytes(kernel, shape));
        NativeMemory.Clear(Totals, TotalBytes(kernel, shape));
        NativeMemory.Clear(Counts, (nuint)shape.Classes * sizeof(long));
        int products = TileKernel.FewClasses * LanePattern.Lanes(kernel.ComputeSize);
        if (kernel.ComputeSize == sizeof(float)) new Span<float>(Products, products).Fill(1);
        else new Span<double>(Products, products).Fill(1);
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
        (nuint)shape.Classes * (nuint)(kernel.TermCount(shape) + 1) * LanePattern.CacheLine;

    private static nuint TotalBytes(TileKernel kernel, in KernelShape shape) =>
        (nuint)shape.Classes * (nuint)kernel.TermCount(shape) * DoublesPerTotal * sizeof(double);

    private static nuint Aligned(nuint bytes) => (bytes + Alignment - 1) & ~(Alignment - 1);

    private void LayOut(TileKernel kernel, in KernelShape shape, int threads)
    {
        int block = kernel.Block;
        nuint classes = (nuint)shape.Classes, compute = (nuint)kernel.ComputeSize;
        PanelVoxels = Math.Clamp(PanelBytes / (shape.Channels * kernel.ElementSize) / block * block, block, LanePattern.Tile);
        PanelStride = (PanelVoxels * kernel.ElementSize) + LineCopy.HeldBytes; // and so rows do not all begin in the same set of the cache

        RowVoxels = block * Math.Clamp(RowBytes / (block * kernel.ComputeSize) / shape.Classes, 1, MostBlocks);
        nuint row = (nuint)RowVoxels * compute, maps = kernel.TakesMaps ? 1u : 0u;
        nuint sets = kernel.Terms.Contains(SumTerm.LogLoss) ? 3u : 2u;
        nuint accumulators = AccumulatorBytes(kernel, shape), totals = TotalBytes(kernel, shape), panel = (nuint)shape.Channels * (nuint)PanelStride;
        _coefficientBytes = (nint)Aligned(classes * compute);

        nuint total = (nuint)Place(null);
        if (total > FewBytes) RefuseMoreThanThereIs(total, shape.Classes, threads);
        Reserve(total);
        Place((byte*)_memory);

        // Gives every part its place, one behind the other; returns where the last one ends.
        byte* Place(byte* next)
        {
            Labels = Take(LanePattern.LongTile * compute);
            Weights = Take(maps * LanePattern.LongTile * compute);
            Targets = Take(maps * classes * (nuint)TargetStride * compute);
            Rows = Take(sets * classes * row);
            Scales = Take(row);
            LogLosses = Take(row);
            FocalLosses = Take(row);
            LogSums = Take(row);
            Predictions = Take(row);
            _coefficients = Take((nuint)s_sums * (nuint)_coefficientBytes);
            Accumulators = Take(accumulators);
            Products = Take(TileKernel.FewClasses * LanePattern.CacheLine);
            Totals = (double*)Take(totals);
            Counts = (long*)Take(classes * sizeof(long));
            Panel = Take(LineCopy.HeldBytes + panel) + LineCopy.HeldBytes;
            Staging = Take(panel);
            Raw = Take(LanePattern.LongTile * sizeof(long));
            return next;

            byte* Take(nuint bytes)
            {
                byte* part = next;
                next += Aligned(bytes);
                return part;
            }
        }
    }

    // An operating system may grant more memory than there is, and end the process that writes to it.
    private static void RefuseMoreThanThereIs(nuint bytes, int classes, int threads)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes * (nuint)threads <= (nuint)available) return;
        throw new InsufficientMemoryException(
            $"{classes} classes need {bytes} bytes of working memory on each of {threads} thread(s); there are {available}.");
    }

    private void Reserve(nuint bytes)
    {
        if (bytes <= _capacity) return;
        Free();
        _memory = AlignedMemory.Allocate(bytes);
        _capacity = bytes;
    }

    private void Free()
    {
        AlignedMemory.Free(_memory, _capacity);
        _memory = null;
        _capacity = 0;
    }
}
