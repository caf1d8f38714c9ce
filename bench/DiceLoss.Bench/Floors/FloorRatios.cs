using DiceLoss.Bench.Inputs;
using DiceLoss.Bench.Measurement;

namespace DiceLoss.Bench.Floors;

/// <summary>Forward and backward beside what reading and copying the same memory costs, all of them timed in every round.</summary>
/// <param name="ForwardMs">Forward.</param>
/// <param name="BackwardMs">Backward.</param>
/// <param name="ReadFloorMs">Reading logits and labels.</param>
/// <param name="CopyFloorMs">Copying the logits to the gradient, with the faster kind of store.</param>
/// <param name="CopyStore">That kind.</param>
/// <param name="ForwardOverRead">Their ratio, round by round.</param>
/// <param name="BackwardOverCopy">Their ratio, round by round.</param>
internal sealed record FloorRatios(
    double ForwardMs, double BackwardMs, double ReadFloorMs, double CopyFloorMs, Store CopyStore, Spread ForwardOverRead, Spread BackwardOverCopy)
{
    /// <summary>Measures, with the API over descriptors.</summary>
    public static FloorRatios Measure(LossProblem problem, RoundPlan plan) => Measure(problem, plan, problem.Forward, problem.Backward);

    /// <summary>Measures.</summary>
    /// <param name="problem">The memory.</param>
    /// <param name="plan">How long.</param>
    /// <param name="forward">The loss over it.</param>
    /// <param name="backward">The gradient over it.</param>
    public static FloorRatios Measure(LossProblem problem, RoundPlan plan, Func<DiceResult> forward, Action<DiceResult> backward)
    {
        DiceResult result = forward();
        double[][] times = Rounds.Run(
            plan,
            rest: default,
            () => forward(),
            () => backward(result),
            () => ReadFloor.Run(problem),
            () => CopyFloor.Run(problem, Store.Plain),
            () => CopyFloor.Run(problem, Store.NonTemporal));

        double[] medians = [.. times.Select(thing => Spread.Of(thing).Median)];
        Store faster = medians[3] <= medians[4] ? Store.Plain : Store.NonTemporal;
        int copy = faster == Store.Plain ? 3 : 4;
        return new FloorRatios(
            medians[0], medians[1], medians[2], medians[copy], faster, Rounds.Ratio(times[0], times[2]), Rounds.Ratio(times[1], times[copy]));
    }
}
