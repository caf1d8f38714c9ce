using DiceLoss.Bench.Floors;
using DiceLoss.Bench.Inputs;
using DiceLoss.Bench.Measurement;

namespace DiceLoss.Bench.Scaling;

/// <summary>Measures cost against size, as far as memory goes.</summary>
internal static class ScalingRun
{
    private static readonly RoundPlan s_plan = new(Least: 3, Most: 31, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.3));

    /// <summary>Measures the points one after another; <see langword="null"/> for a point that does not fit into memory.</summary>
    public static IEnumerable<(ScalingPoint Point, ScalingRow? Row)> Run(bool quick)
    {
        foreach (ScalingPoint point in (ScalingPoint[])[.. ScalingPoint.OverVoxels(quick), .. ScalingPoint.OverClasses(quick)])
            yield return (point, Measure(point, quick ? RoundPlan.Quick : s_plan));
    }

    private static ScalingRow? Measure(ScalingPoint point, RoundPlan plan)
    {
        long separate = (2 * point.Shape.LogitBytes) + point.Shape.LabelBytes, available = AvailableMemory.Bytes;
        if (separate - point.Shape.LogitBytes > available) return null;

        using var problem = new LossProblem(point.Shape, Environment.ProcessorCount, inPlace: separate > available);
        FloorRatios floors = FloorRatios.Measure(problem, plan);
        return new ScalingRow(
            point.Series, point.Shape.Voxels, point.Shape.Classes, problem.Threads, floors.ForwardMs, floors.BackwardMs, floors.ReadFloorMs,
            floors.CopyFloorMs, floors.ForwardOverRead.Median, floors.BackwardOverCopy.Median, problem.InPlace)
        {
            ForwardOverReadQuartiles = floors.ForwardOverRead.Quartiles,
            BackwardOverCopyQuartiles = floors.BackwardOverCopy.Quartiles,
        };
    }
}
