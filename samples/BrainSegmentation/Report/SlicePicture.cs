using BrainSegmentation.Brain;
using BrainSegmentation.Volumes;
using ScottPlot;
using SkiaSharp;

namespace BrainSegmentation.Report;

/// <summary>One sagittal slice of the validation side: the image, the labels of the atlas, the network's segmentation.</summary>
internal static class SlicePicture
{
    /// <summary>Pixels of the bitmap per voxel, so that voxels keep their edges.</summary>
    private const int Scale = 8;

    /// <summary>How much of the colour there is in the overlay; the rest is the image.</summary>
    private const double Opacity = 0.7;

    /// <summary>More classes do not fit beside the picture.</summary>
    private const int MostInLegend = 15;

    /// <summary>Draws it and writes a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="side">The validation side.</param>
    /// <param name="prediction">The network's classes.</param>
    /// <param name="names">The classes' names.</param>
    /// <param name="millimetres">The length of a voxel's side.</param>
    public static void Save(string path, BrainSide side, Volume<short> prediction, IReadOnlyList<string> names, double millimetres)
    {
        int x = MostClasses(side.Classes);
        (double width, double height) = (side.Intensity.Size.Y * millimetres, side.Intensity.Size.Z * millimetres);
        double gap = 0.06 * width;

        using var plot = new Plot();
        (string Title, Volume<short>? Classes)[] panels = [("T1 image", null), ("labels of the atlas", side.Classes), ("network", prediction)];
        foreach ((int i, (string title, Volume<short>? classes)) in panels.Index())
        {
            double left = i * (width + gap);
            using SKBitmap bitmap = Draw(side.Intensity, classes, x);
            plot.Add.ImageRect(new Image(bitmap), new CoordinateRect(left, left + width, 0, height));
            ScottPlot.Plottables.Text caption = plot.Add.Text(title, left + width / 2, 1.03 * height);
            caption.LabelFontSize = 16;
            caption.LabelAlignment = Alignment.LowerCenter;
        }

        ScaleBar(plot, height);
        plot.Axes.SetLimits(-gap / 2, 3 * width + 2.5 * gap, -0.12 * height, 1.12 * height);
        plot.Axes.SquareUnits();
        plot.HideGrid();
        HideTicksAndFrame(plot);
        plot.Title($"Right hemisphere, mirrored: sagittal slice {x} of {side.Intensity.Size.X}");
        plot.XLabel("each panel: back of the head on the left, front on the right");
        Legend(plot, side.Classes, x, names);
        plot.SavePng(path, 1900, 500);
    }

    /// <summary>The slice in which most classes are to be seen; of several, the one with the most voxels that are not background.</summary>
    private static int MostClasses(Volume<short> classes) => Enumerable.Range(0, classes.Size.X)
        .MaxBy(x => (InSlice(classes, x).Where(c => c != 0).Distinct().Count(), InSlice(classes, x).Count(c => c != 0)));

    private static IEnumerable<short> InSlice(Volume<short> classes, int x)
    {
        for (int z = 0; z < classes.Size.Z; z++)
            for (int y = 0; y < classes.Size.Y; y++)
                yield return classes[x, y, z];
    }

    private static SKBitmap Draw(Volume<float> intensity, Volume<short>? classes, int x)
    {
        Extent size = intensity.Size;
        (float darkest, float brightest) = Range(intensity);
        var bitmap = new SKBitmap(size.Y * Scale, size.Z * Scale);
        for (int row = 0; row < bitmap.Height; row++)
        {
            for (int column = 0; column < bitmap.Width; column++)
            {
                (int y, int z) = (column / Scale, size.Z - 1 - row / Scale);
                byte grey = (byte)Math.Clamp(255 * (intensity[x, y, z] - darkest) / (brightest - darkest), 0, 255);
                int c = classes?[x, y, z] ?? 0;
                bitmap.SetPixel(column, row, c == 0 ? new SKColor(grey, grey, grey) : Blend(grey, Palette.OfClass(c)));
            }
        }

        return bitmap;
    }

    /// <summary>Black is the darkest voxel, white what one voxel in a thousand reaches: a few bright vessels do not darken the rest.</summary>
    private static (float Darkest, float Brightest) Range(Volume<float> intensity)
    {
        float[] sorted = [.. intensity.Voxels.Order()];
        return (sorted[0], sorted[sorted.Length - 1 - sorted.Length / 1000]);
    }

    private static SKColor Blend(byte grey, Color colour)
    {
        byte Mix(byte part) => (byte)(Opacity * part + (1 - Opacity) * grey);
        return new SKColor(Mix(colour.R), Mix(colour.G), Mix(colour.B));
    }

    private static void HideTicksAndFrame(Plot plot)
    {
        plot.Axes.Frame(false);
        foreach (IAxis axis in (IAxis[])[plot.Axes.Bottom, plot.Axes.Left])
        {
            axis.TickLabelStyle.IsVisible = false;
            axis.MajorTickStyle.Length = 0;
            axis.MinorTickStyle.Length = 0;
        }
    }

    private static void ScaleBar(Plot plot, double height)
    {
        const double Length = 10;
        double y = -0.06 * height;
        ScottPlot.Plottables.LinePlot bar = plot.Add.Line(0, y, Length, y);
        bar.LineWidth = 4;
        bar.Color = Colors.Black;
        ScottPlot.Plottables.Text text = plot.Add.Text("10 mm", Length + 1, y);
        text.LabelFontSize = 14;
        text.LabelAlignment = Alignment.MiddleLeft;
    }

    private static void Legend(Plot plot, Volume<short> classes, int x, IReadOnlyList<string> names)
    {
        IEnumerable<short> largest = InSlice(classes, x).Where(c => c != 0).CountBy(c => c).OrderByDescending(c => c.Value).Take(MostInLegend).Select(c => c.Key);
        foreach (short c in largest.Order())
            plot.Legend.ManualItems.Add(new LegendItem { LabelText = names[c], FillColor = Palette.OfClass(c), LabelFontSize = 13 });
        plot.ShowLegend(Edge.Right);
    }
}
