using BrainSegmentation.Training;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace BrainSegmentation.Report;

/// <summary>The loss of every step, and the validation score where it was measured.</summary>
internal static class CurvePicture
{
    /// <summary>Draws it and writes a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="before">Mean foreground Dice before the first step.</param>
    /// <param name="training">All steps.</param>
    /// <param name="copied">Mean foreground Dice of the left labels copied over.</param>
    public static void Save(string path, double before, IReadOnlyList<TrainingPoint> training, double copied)
    {
        using var plot = new Plot();
        Scatter loss = plot.Add.Scatter(training.Select(p => (double)p.Step).ToArray(), training.Select(p => p.Loss).ToArray(), Palette.Blue);
        loss.LegendText = "training loss";
        loss.LineWidth = 1.5f;
        loss.MarkerSize = training.Count == 1 ? 7 : 0;

        TrainingPoint[] validated = [.. training.Where(p => p.Validation is not null)];
        Scatter validation = plot.Add.Scatter(
            validated.Select(p => (double)p.Step).Prepend(0).ToArray(), validated.Select(p => p.Validation!.Value).Prepend(before).ToArray(), Palette.Orange);
        validation.LegendText = "validation Dice, mean of the foreground classes";
        validation.LineWidth = 2.5f;
        validation.MarkerSize = 7;

        HorizontalLine baseline = plot.Add.HorizontalLine(copied, 1.5f, Palette.Green, LinePattern.DenselyDashed);
        baseline.LegendText = FormattableString.Invariant($"left labels copied, no network ({copied:0.00})");

        // Both are numbers from 0 to 1: one axis serves them.
        plot.Axes.SetLimits(0, training.Count, 0, 1.02);
        plot.Axes.Left.TickGenerator = new NumericFixedInterval(0.1);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        plot.Title("Training on the left hemisphere, validation on the right");
        plot.XLabel("step");
        plot.YLabel("loss, and Dice");
        plot.ShowLegend(Alignment.MiddleRight);
        plot.SavePng(path, 1000, 600);
    }
}
