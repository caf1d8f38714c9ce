using System.Globalization;

namespace DiceLoss.Trust;

/// <summary>
/// The table of docs/trust.md, between <c>&lt;!-- figures --&gt;</c> and <c>&lt;!-- end --&gt;</c>: a row for each figure. What stands around it is
/// written by hand.
/// </summary>
internal static class TrustDocument
{
    private const string Begin = "<!-- figures -->\n";
    private const string End = "<!-- end -->";

    private static readonly string[] s_titles = ["figure", "held", "how measured", "last result", "when and where"];

    /// <summary>The first cell of every row, in their order.</summary>
    /// <param name="document">The text of the document.</param>
    public static IReadOnlyList<string> Names(string document) => [.. Rows(document).Keys];

    /// <summary>The document with the rows of what was measured; figures that were not keep theirs, rows of no figure go.</summary>
    /// <param name="document">The text of the document.</param>
    /// <param name="figures">All figures, in the order of the table.</param>
    /// <param name="measured">What was measured just now, here.</param>
    public static string With(string document, IEnumerable<Figure> figures, IEnumerable<Measurement> measured)
    {
        Dictionary<string, string> rows = Rows(document);
        foreach (Measurement measurement in measured) rows[measurement.Figure.Name] = Row(measurement);
        IEnumerable<string> table = figures.Select(figure => rows.GetValueOrDefault(figure.Name) ?? Row(figure, "never measured", ""));
        (int first, int end) = Table(document);
        return document[..first] + string.Join('\n', [Line(s_titles), Line(s_titles.Select(_ => "---")), .. table]) + "\n" + document[end..];
    }

    private static string Row(Measurement measurement)
    {
        string verdict = measurement.Finding.Verdict switch
        {
            Verdict.Held => "",
            Verdict.Broken => "**Broken.** ",
            _ => "Skipped. ",
        };
        string date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return Row(measurement.Figure, verdict + measurement.Finding.Text, $"{date}, in {Duration(measurement.Time)}; {Bench.Machine.Describe()}");
    }

    private static string Row(Figure figure, string result, string where) => Line([figure.Name, figure.Held, figure.Method, result, where]);

    private static string Duration(TimeSpan time) => time.TotalSeconds < 90
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:F0} min");

    private static string Line(IEnumerable<string> cells) =>
        $"| {string.Join(" | ", cells.Select(cell => cell.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal)))} |";

    private static Dictionary<string, string> Rows(string document)
    {
        (int first, int end) = Table(document);
        return document[first..end].Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2).ToDictionary(row => row.Split('|')[1].Trim());
    }

    private static (int First, int End) Table(string document)
    {
        int begin = document.IndexOf(Begin, StringComparison.Ordinal);
        int end = begin < 0 ? -1 : document.IndexOf(End, begin, StringComparison.Ordinal);
        if (end < 0) throw new InvalidDataException($"The document has no table: it is the text between \"{Begin.Trim()}\" and \"{End}\".");
        return (begin + Begin.Length, end);
    }
}
