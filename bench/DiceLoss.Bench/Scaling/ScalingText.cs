using System.Globalization;
using DiceLoss.Bench.Measurement;

namespace DiceLoss.Bench.Scaling;

/// <summary>The points on the screen, a line each.</summary>
internal static class ScalingText
{
    /// <summary>The line above them.</summary>
    public static string Header { get; } = Line("curve", "classes", "voxels", "forward", "/ read floor", "backward", "/ copy floor", "");

    /// <summary>One point, measured or left out.</summary>
    public static string Of(ScalingPoint point, ScalingRow? row) => row is null
        ? Line(point.Series, Number(point.Shape.Classes), Number(point.Shape.Voxels), "-", "-", "-", "-", " does not fit into memory")
        : Line(
            row.Series,
            Number(row.Classes),
            Number(row.Voxels),
            Figures.Time(row.ForwardMs),
            Figures.Ratio(row.ForwardOverRead, row.ForwardOverReadQuartiles),
            Figures.Time(row.BackwardMs),
            Figures.Ratio(row.BackwardOverCopy, row.BackwardOverCopyQuartiles),
            row.InPlace ? " gradient in place" : "");

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Line(string series, string classes, string voxels, string forward, string overRead, string backward, string overCopy, string note) =>
        $"{series,-34} {classes,7} {voxels,13} {forward,10} {overRead,20} {backward,10} {overCopy,20}{note}";
}
