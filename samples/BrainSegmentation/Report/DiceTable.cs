using System.Globalization;
using BrainSegmentation.Brain;
using BrainSegmentation.Evaluation;
using Spectre.Console;

namespace BrainSegmentation.Report;

/// <summary>The scores by class, beside those of the left labels copied over.</summary>
internal static class DiceTable
{
    /// <summary>A class that scores less was not learnt.</summary>
    private const double Dead = 0.02;

    /// <summary>With more classes, the largest are shown.</summary>
    private const int MostRows = 30;

    /// <summary>Of those, this many are named.</summary>
    private const int MostNamed = 5;

    public static void Show(BrainData data, HardDice network, HardDice copied)
    {
        IReadOnlyList<string> names = data.Classes.Names;
        Dictionary<short, int> voxels = data.Validation.Classes.Voxels.CountBy(c => c).ToDictionary();
        int[] foreground = [.. Enumerable.Range(1, names.Count - 1)];
        int[] shown = foreground.Length <= MostRows
            ? foreground
            : [.. foreground.OrderByDescending(c => voxels.GetValueOrDefault((short)c)).Take(MostRows)];

        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("class");
        foreach (string header in (string[])["voxels", "network", "left labels copied"])
            table.AddColumn(new TableColumn(header).RightAligned());
        foreach (int c in shown)
            table.AddRow(Markup.Escape(names[c]), Text(voxels.GetValueOrDefault((short)c)), Text(network[c]), Text(copied[c]));
        table.AddEmptyRow();
        table.AddRow("mean of all foreground classes", "", Text(network.MeanForeground), Text(copied.MeanForeground));

        AnsiConsole.WriteLine();
        AnsiConsole.WriteLine("Dice on the right hemisphere (1 is perfect overlap, 0 is none):");
        AnsiConsole.Write(table);
        if (shown.Length < foreground.Length)
            AnsiConsole.WriteLine($"These are the {shown.Length} largest of {foreground.Length} foreground classes.");
        string[] dead = [.. foreground.Where(c => network[c] < Dead).Select(c => names[c])];
        AnsiConsole.WriteLine(dead.Length == 0
            ? "Every class was learnt."
            : $"{dead.Length} of {foreground.Length} classes were not learnt (Dice below {Text(Dead)}): {string.Join(", ", dead.Take(MostNamed))}{(dead.Length > MostNamed ? $" and {dead.Length - MostNamed} more" : "")}.");
        AnsiConsole.WriteLine(
            $"What it means: the two halves of this brain are near copies. The labels of the left half, laid over the right one with no network " +
            $"at all, score {Text(copied.MeanForeground)}. The figures show that the training works; they say nothing about skill on other brains.");
    }

    private static string Text(double dice) => double.IsNaN(dice) ? "-" : dice.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}
