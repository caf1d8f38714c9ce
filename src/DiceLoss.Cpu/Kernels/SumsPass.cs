using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>The forward pass: the sums of each segment, then those of each sample, segments in order.</summary>
internal sealed unsafe class SumsPass() : TilePass(LanePattern.Tile)
{
    // 2 MiB, enough for 1300 classes of one sample; what many samples need beyond that is not kept.
    private const int KeptSums = 1 << 17;

    private readonly Lock _gate = new();

    // What the kernel adds up, in its order; a count comes last.
    private readonly List<SumTerm> _terms = [];

    private CompensatedSum[] _sums = [];
    private long[] _counted = [];
    private InvalidTargets _invalid;

    private int TermsWithoutCounts => Kernel.TermCount(Shape);

    /// <summary>Adds up the voxels of every sample.</summary>
    /// <param name="kernel">The voxel loops.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="team">Whose threads.</param>
    /// <param name="maxThreads">How many of them at most.</param>
    /// <param name="destination">Where to.</param>
    /// <returns>What was found among the targets.</returns>
    public InvalidTargets Make(TileKernel kernel, in DiceProblem problem, IThreadTeam team, int maxThreads, DiceSums destination)
    {
        Prepare(kernel, problem, mayReadDirectly: true);
        NameTerms();
        long sums = SegmentCount * _terms.Count * Shape.Classes;
        if (_sums.Length < sums) _sums = new CompensatedSum[sums];
        if (_counted.Length < SegmentCount) _counted = new long[SegmentCount];
        _invalid = default;
        Run(problem, team, maxThreads);
        Collect(destination);
        if (_sums.Length > KeptSums) (_sums, _counted) = ([], []);
        return _invalid;
    }

    protected override void BeginSegment(long segment, long sample, Scratch scratch)
    {
        scratch.ClearTotals(Kernel, Shape);
        _counted[segment] = 0;
    }

    protected override void DoRun(ref BlockRun run, long sample, long firstVoxel, int voxels, Scratch scratch) =>
        Kernel.Sums(Shape, run, scratch);

    protected override void EndTile(long segment, long sample, int counted, in InvalidTargets invalid, Scratch scratch)
    {
        Kernel.EndTile(Shape, scratch);
        _counted[segment] += counted;
        if (invalid.Count == 0) return;
        lock (_gate) _invalid = _invalid.Join(invalid); // the same in any order
    }

    protected override void EndSegment(long segment, long sample, Scratch scratch)
    {
        Kernel.EndSegment(Shape, scratch);
        for (int term = 0; term < TermsWithoutCounts; term++)
        {
            double* totals = scratch.Totals + (2 * (nint)term * Shape.Classes);
            Span<CompensatedSum> sums = SumsOf(segment, term);
            for (int k = 0; k < sums.Length; k++) sums[k] = new CompensatedSum(totals[2 * k], 0) + new CompensatedSum(totals[(2 * k) + 1], 0);
        }

        if (Kernel.TakesMaps) return;
        Span<CompensatedSum> labelMass = SumsOf(segment, TermsWithoutCounts);
        for (int k = 0; k < labelMass.Length; k++) labelMass[k] = new CompensatedSum(scratch.Counts[k], 0);
    }

    private void NameTerms()
    {
        _terms.Clear();
        _terms.AddRange(Kernel.Terms);
        if (Shape.HardTerms > 0) _terms.AddRange((ReadOnlySpan<SumTerm>)[SumTerm.HardIntersection, SumTerm.HardPredictionMass]);
        if (!Kernel.TakesMaps) _terms.Add(SumTerm.LabelMass);
    }

    private Span<CompensatedSum> SumsOf(long segment, int term) =>
        _sums.AsSpan(checked((int)(((segment * _terms.Count) + term) * Shape.Classes)), Shape.Classes);

    private void Collect(DiceSums destination)
    {
        for (long segment = 0; segment < SegmentCount; segment++)
        {
            long sample = segment / SegmentsPerSample;
            for (int term = 0; term < _terms.Count; term++)
            {
                Span<CompensatedSum> total = destination[_terms[term], sample];
                Span<CompensatedSum> sums = SumsOf(segment, term);
                for (int k = 0; k < total.Length; k++) total[k] += sums[k];
            }

            // Labels count for every class alike.
            if (Kernel.TakesMaps) continue;
            foreach (ref CompensatedSum voxels in destination[SumTerm.VoxelMass, sample]) voxels += new CompensatedSum(_counted[segment], 0);
        }
    }
}
