using System.Globalization;
using BrainSegmentation.Report;
using DiceLoss.Bench.Measurement;
using ScottPlot;
using ScottPlot.MultiplotLayouts;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using Palette = BrainSegmentation.Report.Palette;

namespace DiceLoss.Bench.Scaling;

/// <summary>Two panels: cost against voxels and against classes, in units of the floor, which is a line at 1.</summary>
internal static class ScalingPicture
{
    private const int Width = 1400;
    private const int Height = 560;

    /// <summary>Draws it and writes a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="results">What was measured, and on what.</param>
    public static void Save(string path, ResultFile<ScalingRow> results)
    {
        PictureFont.Use(Path.Combine(AppContext.BaseDirectory, "fonts"));
        double top = Math.Max(2, 1.15 * results.Rows.Max(row => Math.Max(row.ForwardOverRead, row.BackwardOverCopy)));
        var picture = new Multiplot();
        picture.AddPlots(2);
        picture.Layout = new Columns();

        Plot voxels = picture.GetPlot(0);
        Draw(voxels, results, ScalingPoint.Voxels, row => row.Voxels, "", MarkerShape.FilledCircle);
        Finish(voxels, "two classes", "voxels", [.. Enumerable.Range(3, 7).Select(power => Math.Pow(10, power))], top);

        Plot classes = picture.GetPlot(1);
        Draw(classes, results, ScalingPoint.PowerOfTwo, row => row.Classes, ", voxels a power of two", MarkerShape.FilledSquare);
        Draw(classes, results, ScalingPoint.MultipleOf64, row => row.Classes, ", a multiple of 64", MarkerShape.FilledCircle);
        Draw(classes, results, ScalingPoint.Odd, row => row.Classes, ", odd", MarkerShape.OpenCircle);
        Finish(classes, "the same number of logits throughout", "classes", [2, 5, 10, 20, 50, 100, 200, 500, 1000], top);
        picture.SavePng(path, Width, Height);
    }

    private static void Draw(Plot plot, ResultFile<ScalingRow> results, string series, Func<ScalingRow, double> size, string suffix, MarkerShape marker)
    {
        ScalingRow[] rows = [.. results.Rows.Where(row => row.Series == series)];
        double[] at = [.. rows.Select(row => Math.Log10(size(row)))];
        Line(at, [.. rows.Select(row => row.ForwardOverRead)], Palette.Blue, "forward / reading");
        Line(at, [.. rows.Select(row => row.BackwardOverCopy)], Palette.Orange, "backward / copying");

        void Line(double[] x, double[] y, Color color, string name)
        {
            Scatter line = plot.Add.Scatter(x, y, color);
            line.LegendText = name + suffix;
            line.MarkerShape = marker;
            line.MarkerSize = 6;
            line.LineWidth = 1.5f;
        }
    }

    private static void Finish(Plot plot, string title, string axis, double[] ticks, double top)
    {
        HorizontalLine floor = plot.Add.HorizontalLine(1, 1.5f, Palette.Green, LinePattern.DenselyDashed);
        floor.LegendText = "the floor: touching the memory once";
        plot.Axes.SetLimits(Math.Log10(ticks[0]) - 0.1, Math.Log10(ticks[^1]) + 0.1, 0, top);
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks.Select(Math.Log10)], [.. ticks.Select(Label)]);
        plot.Title(title);
        plot.XLabel(axis);
        plot.YLabel("time / time of the floor");
        plot.ShowLegend(Alignment.UpperLeft);
    }

    // 1000, then 10^4: as people read them.
    private static string Label(double size) => size <= 1000
        ? size.ToString("F0", CultureInfo.InvariantCulture)
        : "10^" + Math.Log10(size).ToString("F0", CultureInfo.InvariantCulture);
}
