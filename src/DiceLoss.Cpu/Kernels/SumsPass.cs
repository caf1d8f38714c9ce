namespace DiceLoss.Cpu.Kernels;

/// <summary>The forward pass: the sums of each segment, then those of each sample, segments in order.</summary>
internal sealed unsafe class SumsPass : TilePass
{
    // What kernels add up, in their order; counts come last.
    private static readonly SumTerm[] s_terms = [SumTerm.Intersection, SumTerm.PredictionMass, SumTerm.LogLoss, SumTerm.UniformLogLoss];

    // 2 MiB, enough for 1300 classes of one sample; what many samples need beyond that is not kept.
    private const int KeptSums = 1 << 17;

    private CompensatedSum[] _sums = [];
    private long[] _counted = [];
    private InvalidLabels[] _invalid = [];

    private int Terms => Kernel.Terms + 1;

    /// <summary>Adds up the voxels of every sample.</summary>
    /// <param name="kernel">The voxel loops.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="team">Whose threads.</param>
    /// <param name="maxThreads">How many of them at most.</param>
    /// <param name="destination">Where to.</param>
    /// <returns>What was found among the labels.</returns>
    public InvalidLabels Make(TileKernel kernel, in DiceProblem problem, IThreadTeam team, int maxThreads, DiceSums destination)
    {
        Prepare(kernel, problem, mayReadDirectly: true);
        long sums = SegmentCount * Terms * Shape.Classes;
        if (_sums.Length < sums) _sums = new CompensatedSum[sums];
        if (_counted.Length < SegmentCount) (_counted, _invalid) = (new long[SegmentCount], new InvalidLabels[SegmentCount]);
        Run(problem, team, maxThreads);
        InvalidLabels invalid = Collect(destination);
        if (_sums.Length > KeptSums) _sums = [];
        return invalid;
    }

    protected override void BeginSegment(long segment, long sample, Scratch scratch)
    {
        scratch.ClearTotals(Kernel, Shape);
        _counted[segment] = 0;
        _invalid[segment] = default;
    }

    protected override void DoRun(ref BlockRun run, long sample, long firstVoxel, int voxels, Scratch scratch) =>
        Kernel.Sums(Shape, run, scratch);

    protected override void EndTile(long segment, long sample, int counted, InvalidLabels invalid, Scratch scratch)
    {
        Kernel.EndTile(Shape, scratch);
        _counted[segment] += counted;
        _invalid[segment] = _invalid[segment].Join(invalid);
    }

    protected override void EndSegment(long segment, long sample, Scratch scratch)
    {
        Kernel.EndSegment(Shape, scratch);
        for (int term = 0; term < Kernel.Terms; term++)
        {
            double* totals = scratch.Totals + (2 * (nint)term * Shape.Classes);
            Span<CompensatedSum> sums = SumsOf(segment, term);
            for (int k = 0; k < sums.Length; k++) sums[k] = new CompensatedSum(totals[2 * k], 0) + new CompensatedSum(totals[(2 * k) + 1], 0);
        }

        Span<CompensatedSum> labelMass = SumsOf(segment, Kernel.Terms);
        for (int k = 0; k < labelMass.Length; k++) labelMass[k] = new CompensatedSum(scratch.Counts[k], 0);
    }

    private Span<CompensatedSum> SumsOf(long segment, int term) =>
        _sums.AsSpan(checked((int)(((segment * Terms) + term) * Shape.Classes)), Shape.Classes);

    private InvalidLabels Collect(DiceSums destination)
    {
        InvalidLabels invalid = default;
        for (long segment = 0; segment < SegmentCount; segment++)
        {
            invalid = invalid.Join(_invalid[segment]);
            long sample = segment / SegmentsPerSample;
            destination.CountedVoxels[(int)sample] += _counted[segment];
            for (int term = 0; term < Terms; term++)
            {
                Span<CompensatedSum> total = destination[term == Kernel.Terms ? SumTerm.LabelMass : s_terms[term], sample];
                Span<CompensatedSum> sums = SumsOf(segment, term);
                for (int k = 0; k < total.Length; k++) total[k] += sums[k];
            }
        }

        return invalid;
    }
}
