using System.Globalization;
using DiceLoss.Bench.Measurement;

namespace DiceLoss.Bench.Scorecard;

/// <summary>The scorecard on the screen: a line for each case, and one below it for each rival.</summary>
internal static class ScorecardText
{
    /// <summary>The line above all cases.</summary>
    public static string Header { get; } = Line("case", "threads", "forward", "/ read floor", "backward", "/ copy floor", "extra memory", "managed");

    /// <summary>The rows of one case.</summary>
    public static string Lines(IReadOnlyList<ScorecardRow> rows)
    {
        ScorecardRow own = rows[0];
        string first = Line(
            own.Case,
            own.Threads.ToString(CultureInfo.InvariantCulture),
            Figures.Time(own.ForwardMs),
            Figures.Ratio(own.ForwardOverRead, own.ForwardOverReadQuartiles),
            Figures.Time(own.BackwardMs),
            Figures.Ratio(own.BackwardOverCopy, own.BackwardOverCopyQuartiles),
            Figures.Memory(own.MemoryBytes),
            $"{own.ManagedBytes} B");
        string[] beside = own.OverOverlap is { } ratio ? [$"    {Figures.Ratio(ratio, own.OverOverlapQuartiles!)} times Dice alone"] : [];
        return string.Join(Environment.NewLine, [first, .. beside, .. rows.Where(row => row.Rival is not null).Select(Rival)]);
    }

    private static string Rival(ScorecardRow row) =>
        $"    {row.Rival,-12} {Figures.Time(row.RivalMs!.Value),10}: {Figures.Times(row.Speedup!.Value)} ours "
        + $"({Figures.Times(row.SpeedupQuartiles![0])} to {Figures.Times(row.SpeedupQuartiles[1])}), "
        + $"{Figures.Times(row.TorchsharpSpeedup!.Value)} ours through TorchSharp ({Figures.Time(row.TorchsharpMs!.Value)})";

    private static string Line(string name, string threads, string forward, string overRead, string backward, string overCopy, string extra, string managed) =>
        $"{name,-36} {threads,7} {forward,10} {overRead,20} {backward,10} {overCopy,20} {extra,12} {managed,9}";
}
