using System.Globalization;
using BrainSegmentation.Training;
using Spectre.Console;

namespace BrainSegmentation.Report;

/// <summary>How a training goes on: a bar that moves on a terminal, a line now and then in a file.</summary>
internal static class TrainingProgress
{
    private const int Lines = 20;

    /// <summary>With what stands beside the bar, 80 columns.</summary>
    private const int BarWidth = 14;

    /// <summary>Runs a training, and shows every step that it reports.</summary>
    public static void Show(int steps, Action<Action<TrainingPoint>> train)
    {
        if (Console.IsOutputRedirected)
            ShowLines(steps, train);
        else
            ShowBar(steps, train);
    }

    private static void ShowBar(int steps, Action<Action<TrainingPoint>> train) => AnsiConsole.Progress()
        .Columns(new ProgressBarColumn { Width = BarWidth }, new TaskDescriptionColumn { Alignment = Justify.Left }, new RemainingTimeColumn())
        .Start(context =>
        {
            ProgressTask bar = context.AddTask($"step 0/{steps}", maxValue: steps);
            double validation = double.NaN;
            train(point =>
            {
                validation = point.Validation ?? validation;
                bar.Value = point.Step;
                bar.Description = Markup.Escape(Line(point with { Validation = double.IsNaN(validation) ? null : validation }, steps, "Dice"));
            });
        });

    private static void ShowLines(int steps, Action<Action<TrainingPoint>> train)
    {
        int every = Math.Max(1, steps / Lines);
        var remaining = new RemainingTime(steps);
        train(point =>
        {
            TimeSpan left = remaining.After(point);
            if (point.Step == 1 || point.Step % every == 0 || point.Step == steps)
                Console.WriteLine($"{Line(point, steps, "validation Dice")}, {left.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s left");
        });
    }

    private static string Line(TrainingPoint point, int steps, string score)
    {
        string validation = point.Validation is { } dice ? FormattableString.Invariant($", {score} {dice:0.000}") : "";
        return FormattableString.Invariant($"step {point.Step}/{steps}, loss {point.Loss:0.0000}, {point.StepTime.TotalMilliseconds:0} ms a step{validation}");
    }
}
