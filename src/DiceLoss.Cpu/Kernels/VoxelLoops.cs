using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>The voxel loops for one register width, element type, activation, exponent class, kind of target and voxel term.</summary>
/// <remarks>
/// Logits (C, voxels) of TElement, labels (voxels) of T. Work goes by block; nothing voxel-sized is written but the gradient, the
/// probabilities of a few blocks stay in K rows of scratch. What is hot is compiled once and fully (AggressiveOptimization): a profile would have
/// the compiler stop inlining where a method is long, and the first calls of a process would be a hundred times slower.
/// </remarks>
internal sealed unsafe partial class VoxelLoops<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget, TTerm>() : TileKernel(TElement.Size, sizeof(T))
    where TLanes : ILanes<TVector, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TElement : IElement<T>
    where TActivation : IActivation
    where TExponent : IExponent
    where TTarget : ITarget
    where TTerm : IVoxelTerm
{
    private static readonly SumTerm[] s_terms = MakeTerms();

    public override bool TakesMaps => TTarget.IsMap;

    public override ReadOnlySpan<SumTerm> Terms => s_terms;

    // Where the sums stand among those of the kernel. Calls would drive every register of a loop to the stack.
    private static int LogLossPlace
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TTarget.IsMap ? 4 : 2;
    }

    private static int FocalLossPlace
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => LogLossPlace + (TTerm.HasUniformLogLoss || !TActivation.ClassesCompete ? 2 : 1);
    }

    private static int SumCount
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => !TTerm.HasLogLoss ? LogLossPlace : !TTerm.HasFocalLoss ? FocalLossPlace : FocalLossPlace + (TActivation.ClassesCompete ? 1 : 2);
    }

    /// <summary>Voxels of a cache line, one of every lane.</summary>
    private static int Line
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => LanePattern.Lanes(sizeof(T));
    }

    /// <summary>Voxels that are worked on side by side.</summary>
    private static int Step
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => FourLanes<TLanes, TVector, T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sums(in KernelShape shape, in BlockRun run, Scratch scratch)
    {
        int block = LanePattern.Column * Line, stride = scratch.RowVoxels, ahead = 0;
        nint set = (nint)shape.Classes * stride;
        byte* logits = run.Logits;
        T* rows = (T*)scratch.Rows, scales = (T*)scratch.Scales, labels = (T*)scratch.Labels + run.FirstLabel;
        T* targets = (T*)scratch.Targets, weights = (T*)scratch.Weights + run.FirstLabel;
        TermVoxels<T> term = default;
        for (int left = run.Blocks * block, voxels; left > 0; left -= voxels, labels += voxels, targets += voxels, weights += voxels)
        {
            voxels = Math.Min(left, stride);
            for (int voxel = 0; voxel < voxels; voxel += Step, logits += Step * TElement.Size)
            {
                if (voxel % block == 0) run.AskAhead(ahead++);
                if (TTerm.HasLogLoss)
                {
                    term.Labels = labels + voxel;
                    term.Distances = rows + set + voxel;
                    term.Complements = rows + (2 * set) + voxel;
                    term.Sums = (T*)scratch.LogSums + voxel;
                    term.OwnDistances = (T*)scratch.LogLosses + voxel;
                }

                TActivation.Activate<FourLanes<TLanes, TVector, T>, Four<TVector>, T, TElement, TTarget, TTerm>(logits, run.ChannelStride, shape.Channels, rows + voxel, stride, scales + voxel, term);
            }

            if (TTerm.HasLogLoss && TActivation.ClassesCompete && !MultipliesSums(shape.Classes)) TakeLogarithms(shape, voxels, scratch);
            if (!run.AllCount) LeaveOut(shape.Classes, voxels, labels, scratch);
            if (TTarget.IsMap) SumsOfMaps(shape, voxels, labels, weights, targets, scratch);
            else SumsOfLabels(shape, voxels, labels, scratch);
            if (shape.HardPrediction != HardPrediction.None) CountPredictions(shape, voxels, labels, weights, targets, scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void EndTile(in KernelShape shape, Scratch scratch)
    {
        if (MultipliesSums(shape.Classes)) TakeLogarithmsOfProducts(shape, scratch);
        LaneTotals.AddCompensated((T*)scratch.Accumulators, scratch.Totals, TermCount(shape) * shape.Classes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void EndSegment(in KernelShape shape, Scratch scratch)
    {
        if (!TTarget.IsMap) LaneTotals.AddCounts((T*)scratch.Accumulators + (TermCount(shape) * (nint)shape.Classes * Line), scratch.Counts, shape.Classes);
    }

    // Whether the sums of exponentials of a class's voxels are multiplied: then the logarithm is that of the product, once a tile and class instead
    // of once a voxel. Only where nothing else needs that of every voxel, and of few classes: they are faster so, and the product, of as many numbers
    // from 1 to K as a tile has voxels in a lane, is one that the type can hold.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MultipliesSums(int classes) =>
        TTerm.HasLogLoss && !TTerm.HasUniformLogLoss && !TTerm.HasFocalLoss && TActivation.ClassesCompete && !TTarget.IsMap && classes <= FewClasses;

    private static SumTerm[] MakeTerms()
    {
        List<SumTerm> terms = [SumTerm.Intersection, SumTerm.PredictionMass];
        if (TTarget.IsMap) terms.AddRange([SumTerm.LabelMass, SumTerm.VoxelMass]);
        if (!TTerm.HasLogLoss) return [.. terms];
        terms.Add(SumTerm.LogLoss);
        if (TTerm.HasUniformLogLoss) terms.Add(SumTerm.UniformLogLoss);
        if (!TActivation.ClassesCompete) terms.Add(SumTerm.ComplementLogLoss);
        if (!TTerm.HasFocalLoss) return [.. terms];
        terms.Add(SumTerm.FocalLoss);
        if (!TActivation.ClassesCompete) terms.Add(SumTerm.ComplementFocalLoss);
        return [.. terms];
    }

    // Probabilities of voxels that do not count become 0, whatever they were.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LeaveOut(int classes, int voxels, T* labels, Scratch scratch)
    {
        for (int voxel = 0; voxel < voxels; voxel += TLanes.Count)
        {
            TVector label = TLanes.Load(labels + voxel);
            T* row = (T*)scratch.Rows + voxel, scale = (T*)scratch.Scales + voxel;
            if (TActivation.HasScales) TLanes.Store(scale, GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, TLanes.Load(scale)));
            for (int k = 0; k < classes; k++, row += scratch.RowVoxels)
            {
                TLanes.Store(row, GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, TLanes.Load(row)));
            }
        }
    }

    // From the sums of exponentials to their logarithms, and of labels from distances to -log p.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TakeLogarithms(in KernelShape shape, int voxels, Scratch scratch)
    {
        T* sums = (T*)scratch.LogSums, losses = (T*)scratch.LogLosses;
        for (int voxel = 0; voxel < voxels; voxel += Step)
        {
            Four<TVector> log = Logarithm.OfPositive<FourLanes<TLanes, TVector, T>, Four<TVector>, T>(FourLanes<TLanes, TVector, T>.Load(sums + voxel));
            if (TTarget.IsMap || TTerm.HasUniformLogLoss) FourLanes<TLanes, TVector, T>.Store(sums + voxel, log);
            if (TTarget.IsMap) continue;
            Four<TVector> loss = FourLanes<TLanes, TVector, T>.Add(log, FourLanes<TLanes, TVector, T>.Load(losses + voxel));
            FourLanes<TLanes, TVector, T>.Store(losses + voxel, loss);
        }

        if (TTerm.HasFocalLoss && !TTarget.IsMap) TakeFocalLosses(shape, voxels, scratch);
    }

    private static TVector Probability(T* row, T* scale) => Scaled(TLanes.Load(scale), row);

    private static TVector Scaled(TVector scale, T* row) => TActivation.HasScales ? TLanes.Multiply(scale, TLanes.Load(row)) : TLanes.Load(row);

    private static TVector Power(TVector p, int exponent) => TExponent.Power<TLanes, TVector, T>(p, exponent);
}
