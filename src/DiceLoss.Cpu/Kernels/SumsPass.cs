namespace DiceLoss.Cpu.Kernels;

/// <summary>The forward pass: the sums of each segment, then those of each sample, segments in order.</summary>
internal sealed unsafe class SumsPass : TilePass
{
    private static readonly int s_terms = Enum.GetValues<SumTerm>().Length;

    // 2 MiB, enough for 1300 classes of one sample; what many samples need beyond that is not kept.
    private const int KeptSums = 1 << 17;

    private CompensatedSum[] _sums = [];
    private long[] _counted = [];
    private InvalidLabels[] _invalid = [];

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
        long sums = SegmentCount * s_terms * Shape.Classes;
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
        Take(SumTerm.Intersection, scratch.Totals);
        Take(SumTerm.PredictionMass, scratch.Totals + (2 * Shape.Classes));
        Span<CompensatedSum> labelMass = SumsOf(segment, (int)SumTerm.LabelMass);
        for (int k = 0; k < labelMass.Length; k++) labelMass[k] = new CompensatedSum(scratch.Counts[k], 0);

        void Take(SumTerm term, double* totals)
        {
            Span<CompensatedSum> sums = SumsOf(segment, (int)term);
            for (int k = 0; k < sums.Length; k++) sums[k] = new CompensatedSum(totals[2 * k], 0) + new CompensatedSum(totals[(2 * k) + 1], 0);
        }
    }

    private Span<CompensatedSum> SumsOf(long segment, int term) =>
        _sums.AsSpan(checked((int)(((segment * s_terms) + term) * Shape.Classes)), Shape.Classes);

    private InvalidLabels Collect(DiceSums destination)
    {
        InvalidLabels invalid = default;
        for (long segment = 0; segment < SegmentCount; segment++)
        {
            invalid = invalid.Join(_invalid[segment]);
            long sample = segment / SegmentsPerSample;
            destination.CountedVoxels[(int)sample] += _counted[segment];
            for (int term = 0; term < s_terms; term++)
            {
                Span<CompensatedSum> total = destination[(SumTerm)term, sample];
                Span<CompensatedSum> sums = SumsOf(segment, term);
                for (int k = 0; k < total.Length; k++) total[k] += sums[k];
            }
        }

        return invalid;
    }
}
