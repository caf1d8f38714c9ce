using System.Globalization;

namespace DiceLoss.Bench.Measurement;

/// <summary>How figures are written, on the screen and in the documents that quote them.</summary>
internal static class Figures
{
    /// <summary>Milliseconds, or microseconds where they say more.</summary>
    public static string Time(double milliseconds) => milliseconds switch
    {
        >= 100 => Text($"{milliseconds:F0} ms"),
        >= 1 => Text($"{milliseconds:F1} ms"),
        _ => Text($"{milliseconds * 1000:F1} µs"),
    };

    /// <summary>A ratio to a floor.</summary>
    public static string Ratio(double ratio) => Text($"{ratio:F2}");

    /// <summary>A ratio to a floor with its quartiles.</summary>
    public static string Ratio(double ratio, double[] quartiles) => Text($"{ratio:F2} ({quartiles[0]:F2} to {quartiles[1]:F2})");

    /// <summary>How many times as long.</summary>
    public static string Times(double factor) => factor < 9.95 ? Text($"{factor:F1} x") : Text($"{factor:F0} x");

    /// <summary>Bytes as KiB or MiB; a dash where they are not known.</summary>
    public static string Memory(long? bytes) => bytes switch
    {
        null => "-",
        >= 1 << 20 => Text($"{bytes / 1048576.0:F1} MiB"),
        _ => Text($"{bytes / 1024.0:F0} KiB"),
    };

    /// <summary>A table as Markdown.</summary>
    public static string Table(string[] titles, IEnumerable<string[]> lines)
    {
        string[][] all = [titles, [.. titles.Select(_ => "---")], .. lines];
        return string.Join('\n', all.Select(cells => $"| {string.Join(" | ", cells)} |"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
