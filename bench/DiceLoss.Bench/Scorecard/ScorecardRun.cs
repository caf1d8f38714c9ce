using DiceLoss.Bench.Floors;
using DiceLoss.Bench.Inputs;
using DiceLoss.Bench.Measurement;
using DiceLoss.Bench.Rivals;

namespace DiceLoss.Bench.Scorecard;

/// <summary>
/// Measures the scorecard. Ours: forward and backward with all checks, into a gradient whose memory is there. Floors: the same memory, in
/// the same rounds. Rivals: loss and gradient by autograd from the same numbers, in rounds of their own with ours.
/// </summary>
internal static class ScorecardRun
{
    private static readonly RoundPlan s_floors = new(Least: 7, Most: 51, TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(0.5));
    private static readonly RoundPlan s_rivals = new(Least: 3, Most: 15, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(0.3));

    // libtorch's threads wait actively for a few milliseconds after their last work; ours should not have to share with them.
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(20);

    /// <summary>Measures all cases, or their small variants, one after another.</summary>
    /// <exception cref="InsufficientMemoryException">There is not enough memory for the largest case.</exception>
    public static IEnumerable<IReadOnlyList<ScorecardRow>> Run(bool quick)
    {
        ScorecardCase[] cases = [.. ScorecardCase.All.Select(one => quick ? one.Small() : one)];
        AvailableMemory.Require(cases.Max(one => one.Bytes), "The largest case, with its rivals,", "With --quick, small volumes show that everything runs.");
        return cases.Select(one => Measure(one, quick));
    }

    private static ScorecardRow[] Measure(ScorecardCase one, bool quick)
    {
        using var problem = new LossProblem(one.Shape, one.Threads);
        var spans = new SpanCalls(problem);
        Func<DiceResult> forward = one.OverSpans ? spans.Forward : problem.Forward;
        Action<DiceResult> backward = one.OverSpans ? spans.Backward : problem.Backward;
        void Ours() => backward(forward());

        FloorRatios floors = FloorRatios.Measure(problem, quick ? RoundPlan.Quick : s_floors, forward, backward);
        Spread? overOverlap = one.Shape.CrossEntropy ? OverOverlap(problem, quick ? RoundPlan.Quick : s_floors, Ours) : null;
        var row = new ScorecardRow(
            one.Name, one.Threads, floors.ForwardMs, floors.BackwardMs, floors.ReadFloorMs, floors.CopyFloorMs,
            floors.ForwardOverRead.Median, floors.BackwardOverCopy.Median, Rival: null, RivalMs: null, Speedup: null, ExtraMemory.Resident(Ours))
        {
            ForwardOverReadQuartiles = floors.ForwardOverRead.Quartiles,
            BackwardOverCopyQuartiles = floors.BackwardOverCopy.Quartiles,
            CopyStore = floors.CopyStore == Store.Plain ? "plain" : "non-temporal",
            ManagedBytes = ExtraMemory.Managed(Ours),
            ScratchBytes = one.Threads * ExtraMemory.Kept(Ours),
            OverOverlap = overOverlap?.Median,
            OverOverlapQuartiles = overOverlap?.Quartiles,
        };
        if (!one.HasRivals) return [row];

        using var inputs = new RivalInputs(problem);
        return [.. RivalList.All.Where(rival => rival.Takes(one.Shape)).Select(rival => Beside(row, rival, inputs, Ours, quick ? RoundPlan.Quick : s_rivals))];
    }

    private static Spread OverOverlap(LossProblem problem, RoundPlan plan, Action ours)
    {
        double[][] times = Rounds.Run(plan, rest: default, ours, () => problem.Backward(problem.Forward(DiceOptions.Default)));
        return Rounds.Ratio(times[0], times[1]);
    }

    private static ScorecardRow Beside(ScorecardRow row, IRival rival, RivalInputs inputs, Action ours, RoundPlan plan)
    {
        double[][] times = Rounds.Run(plan, s_rest, ours, () => RivalList.Ours(inputs.Problem.Shape).Step(inputs), () => rival.Step(inputs));
        Spread speedup = Rounds.Ratio(times[2], times[0]);
        return row with
        {
            Rival = rival.Name,
            RivalMs = Spread.Of(times[2]).Median,
            Speedup = speedup.Median,
            SpeedupQuartiles = speedup.Quartiles,
            TorchsharpMs = Spread.Of(times[1]).Median,
            TorchsharpSpeedup = Rounds.Ratio(times[2], times[1]).Median,
        };
    }
}
