using System.Numerics;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>The voxel loops for one register width, element type, activation and exponent class.</summary>
/// <remarks>
/// Logits (C, voxels) of TElement, labels (voxels) of T. Work goes by column: four registers, one cache line of voxels apart. Nothing
/// voxel-sized is written but the gradient; the probabilities of a column stay in K rows of scratch.
/// </remarks>
internal sealed unsafe class VoxelLoops<TLanes, TVector, T, TElement, TActivation, TExponent> : TileKernel
    where TLanes : ILanes<TVector, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TElement : IElement<T>
    where TActivation : IActivation
    where TExponent : IExponent
{
    public override int ElementSize => TElement.Size;

    public override int ComputeSize => sizeof(T);

    public override int RowsPerClass => TActivation.RowsPerClass;

    /// <summary>Voxels of a cache line, one of every lane.</summary>
    private static int Line => LanePattern.Lanes(sizeof(T));

    private static int RowStride => LanePattern.Column * TLanes.Count;

    public override void Sums(in KernelShape shape, in BlockRun run, Scratch scratch)
    {
        T* labels = (T*)scratch.Labels + run.FirstLabel;
        int blockBytes = Block * TElement.Size;
        for (int block = 0; block < run.Blocks; block++)
        {
            Prefetch.Channels(run.Logits + ((nint)(block + 1) * blockBytes), run.ChannelStride, shape.Channels, blockBytes);
            for (int lane = 0; lane < Line; lane += TLanes.Count)
            {
                int voxel = (block * Block) + lane;
                SumsOfColumn(shape, run.Logits + ((nint)voxel * TElement.Size), run.ChannelStride, labels + voxel, lane, scratch);
            }
        }
    }

    public override void Gradient(in KernelShape shape, in BlockRun run, Scratch scratch)
    {
        T* labels = (T*)scratch.Labels + run.FirstLabel;
        int blockBytes = Block * TElement.Size;
        // A line that is written past the caches in parts is written several times.
        bool streams = run.Streams && TLanes.Count * TElement.Size == LanePattern.CacheLine
            && (nint)run.Gradient % LanePattern.CacheLine == 0 && run.GradientStride % LanePattern.CacheLine == 0;
        for (int block = 0; block < run.Blocks; block++)
        {
            Prefetch.Channels(run.Logits + ((nint)(block + 1) * blockBytes), run.ChannelStride, shape.Channels, blockBytes);
            for (int lane = 0; lane < Block; lane += TLanes.Count)
            {
                int voxel = (block * Block) + lane;
                nint offset = (nint)voxel * TElement.Size;
                GradientOfRegister(
                    shape, run.Logits + offset, run.ChannelStride, labels + voxel, run.Gradient + offset, run.GradientStride, streams, scratch);
            }
        }
    }

    public override void EndTile(in KernelShape shape, Scratch scratch)
    {
        int count = shape.Classes * Line;
        T* sums = (T*)scratch.Accumulators;
        double* totals = scratch.Totals;
        LaneTotals.AddCompensated(sums, totals, totals + (3 * (nint)count), 2 * count);
        LaneTotals.AddExact(sums + (2 * (nint)count), totals + (2 * (nint)count), count);
    }

    // Four registers of voxels: activate them, then add p*t, p^e and t to the accumulators of their lanes, class by class.
    private static void SumsOfColumn(in KernelShape shape, byte* logits, nint channelStride, T* labels, int lane, Scratch scratch)
    {
        int channels = shape.Channels;
        T* row = (T*)scratch.Rows;
        nint step = Line * TElement.Size;
        TVector scale0 = Activate(logits, row);
        TVector scale1 = Activate(logits + step, row + TLanes.Count);
        TVector scale2 = Activate(logits + (2 * step), row + (2 * TLanes.Count));
        TVector scale3 = Activate(logits + (3 * step), row + (3 * TLanes.Count));

        TVector label0 = TLanes.Load(labels), label1 = TLanes.Load(labels + Line);
        TVector label2 = TLanes.Load(labels + (2 * Line)), label3 = TLanes.Load(labels + (3 * Line));
        TVector counted0 = Counted(label0), counted1 = Counted(label1), counted2 = Counted(label2), counted3 = Counted(label3);

        int classes = shape.Classes;
        T* intersection = (T*)scratch.Accumulators + lane;
        T* predictionMass = intersection + ((nint)classes * Line);
        T* labelMass = predictionMass + ((nint)classes * Line);
        for (int k = 0; k < classes; k++)
        {
            TVector p0 = TLanes.Multiply(TLanes.Load(row), scale0);
            TVector p1 = TLanes.Multiply(TLanes.Load(row + TLanes.Count), scale1);
            TVector p2 = TLanes.Multiply(TLanes.Load(row + (2 * TLanes.Count)), scale2);
            TVector p3 = TLanes.Multiply(TLanes.Load(row + (3 * TLanes.Count)), scale3);

            TVector index = TLanes.Broadcast(T.CreateTruncating(k));
            TVector is0 = TLanes.Equal(label0, index), is1 = TLanes.Equal(label1, index);
            TVector is2 = TLanes.Equal(label2, index), is3 = TLanes.Equal(label3, index);

            Accumulate(intersection, Where(is0, p0), Where(is1, p1), Where(is2, p2), Where(is3, p3));
            Accumulate(
                predictionMass,
                Where(counted0, Power(p0, shape)), Where(counted1, Power(p1, shape)), Where(counted2, Power(p2, shape)), Where(counted3, Power(p3, shape)));
            Accumulate(
                labelMass,
                TLanes.BitAnd(is0, TLanes.One), TLanes.BitAnd(is1, TLanes.One), TLanes.BitAnd(is2, TLanes.One), TLanes.BitAnd(is3, TLanes.One));

            row += RowStride;
            intersection += Line;
            predictionMass += Line;
            labelMass += Line;
        }

        TVector Activate(byte* x, T* rows) =>
            TActivation.Activate<TLanes, TVector, T, TElement>(x, channelStride, channels, rows, RowStride);
    }

    private static void GradientOfRegister(
        in KernelShape shape, byte* logits, nint channelStride, T* labels, byte* gradient, nint gradientStride, bool streams, Scratch scratch)
    {
        T* rows = (T*)scratch.Rows;
        TVector scale = TActivation.Activate<TLanes, TVector, T, TElement>(logits, channelStride, shape.Channels, rows, TLanes.Count);
        TVector label = TLanes.Load(labels);
        TActivation.Backpropagate<TLanes, TVector, T, TElement, TExponent>(new ActivatedVoxels<TVector, T>
        {
            Rows = rows,
            RowStride = TLanes.Count,
            Scale = scale,
            Labels = label,
            Counted = Counted(label),
            ByIntersection = (T*)scratch.ByIntersection,
            ByPredictionMass = (T*)scratch.ByPredictionMass,
            Classes = shape.Classes,
            Exponent = shape.Exponent,
            Gradient = gradient,
            GradientStride = gradientStride,
            Streams = streams,
        });
    }

    // A fixed tree: the same order of additions at every width.
    private static void Accumulate(T* sum, TVector v0, TVector v1, TVector v2, TVector v3) =>
        TLanes.Store(sum, TLanes.Add(TLanes.Load(sum), TLanes.Add(TLanes.Add(v0, v1), TLanes.Add(v2, v3))));

    private static TVector Counted(TVector label) => TLanes.GreaterOrEqual(label, TLanes.Broadcast(T.CreateTruncating(LabelCode.NoClass)));

    private static TVector Where(TVector mask, TVector value) => TLanes.Select(mask, value, TLanes.Zero);

    private static TVector Power(TVector p, in KernelShape shape) => TExponent.Power<TLanes, TVector, T>(p, shape.Exponent);
}
