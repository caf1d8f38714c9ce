using DiceLoss.Bench.Measurement;

namespace DiceLoss.Bench.Comparison;

/// <summary>The comparison on the screen, a line for each shape, and as the table that README.md quotes.</summary>
internal static class ComparisonText
{
    /// <summary>The line above all shapes.</summary>
    public static string Header { get; } = Line("float32 logits, int64 labels", "fused", "one-hot", "speed-up", "fused", "one-hot", "logits");

    /// <summary>One shape.</summary>
    public static string Of(ComparisonRow row) => Line(
        row.Case,
        Figures.Time(row.FusedMs),
        Figures.Time(row.OneHotMs),
        Figures.Times(row.OneHotMs / row.FusedMs),
        Figures.Memory(row.FusedBytes),
        Figures.Memory(row.OneHotBytes),
        Figures.Memory(row.LogitsBytes));

    /// <summary>All shapes, as Markdown.</summary>
    public static string Table(IReadOnlyList<ComparisonRow> rows) => Figures.Table(
        ["logits", "their size", "this library", "softmax + one-hot", "faster by"],
        rows.Select(row => new[]
        {
            row.Case,
            Figures.Memory(row.LogitsBytes),
            Figures.Memory(row.FusedBytes),
            Figures.Memory(row.OneHotBytes),
            Figures.Times(row.OneHotMs / row.FusedMs),
        }));

    private static string Line(string shape, string fused, string oneHot, string faster, string fusedMemory, string oneHotMemory, string logits) =>
        $"{shape,-30} {fused,10} {oneHot,10} {faster,9} {fusedMemory,11} {oneHotMemory,11} {logits,11}";
}
