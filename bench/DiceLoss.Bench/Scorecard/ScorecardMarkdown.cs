using System.Globalization;
using DiceLoss.Bench.Measurement;
using DiceLoss.Bench.Rivals;

namespace DiceLoss.Bench.Scorecard;

/// <summary>The tables that documents quote: a test compares their text with what these rows give.</summary>
internal static class ScorecardMarkdown
{
    /// <summary>Every case: docs/benchmarks.md.</summary>
    public static string Table(IReadOnlyList<ScorecardRow> rows) => Figures.Table(
        [
            "logits/labels, shape", "threads", "forward", "/ read floor", "backward", "/ copy floor", "/ Dice alone", "extra memory",
            "rivals take (beside ours through TorchSharp)",
        ],
        ByCase(rows).Select(all => new[]
        {
            all[0].Case,
            all[0].Threads.ToString(CultureInfo.InvariantCulture),
            Figures.Time(all[0].ForwardMs),
            Figures.Ratio(all[0].ForwardOverRead, all[0].ForwardOverReadQuartiles),
            Figures.Time(all[0].BackwardMs),
            Figures.Ratio(all[0].BackwardOverCopy, all[0].BackwardOverCopyQuartiles),
            all[0].OverOverlap is { } ratio ? Figures.Ratio(ratio, all[0].OverOverlapQuartiles!) : "",
            Figures.Memory(all[0].MemoryBytes),
            string.Join(", ", all.Where(row => row.Rival is not null).Select(row => $"{row.Rival} {Takes(row)}")),
        }));

    /// <summary>The cases that have the usual rival: README.md.</summary>
    public static string Headline(IReadOnlyList<ScorecardRow> rows) => Figures.Table(
        ["logits/labels, shape", "threads", "forward / reading", "backward / copying", "one-hot takes", "gather takes", "extra memory"],
        ByCase(rows).Where(all => all.Any(row => row.Rival == "one-hot")).Select(all => new[]
        {
            all[0].Case,
            all[0].Threads.ToString(CultureInfo.InvariantCulture),
            Figures.Ratio(all[0].ForwardOverRead),
            Figures.Ratio(all[0].BackwardOverCopy),
            Takes(all.Single(row => row.Rival == "one-hot")),
            Takes(all.Single(row => row.Rival == "gather")),
            Figures.Memory(all[0].MemoryBytes),
        }));

    // As many times ours, and like for like: a rival that allocates its gradient beside ours when it does.
    private static string Takes(ScorecardRow row)
    {
        if (row.SpeedupQuartiles![1] > 2 * row.SpeedupQuartiles[0]) return "unsteady";
        bool allocates = RivalList.All.Any(rival => rival.Name == row.Rival && rival.AllocatesGradient);
        return Figures.Times(row.Speedup!.Value) + (allocates ? $" ({Figures.Times(row.TorchsharpSpeedup!.Value)})" : "");
    }

    private static IEnumerable<ScorecardRow[]> ByCase(IReadOnlyList<ScorecardRow> rows) =>
        rows.GroupBy(row => (row.Case, row.Threads), (_, all) => all.ToArray());
}
