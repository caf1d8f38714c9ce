using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DiceLoss.Bench.Comparison;
using DiceLoss.Bench.Measurement;
using DiceLoss.Bench.Scorecard;

namespace DiceLoss.Bench.Tests;

/// <summary>
/// Documents quote results: between <c>&lt;!-- table of bench/results/.../scorecard.json --&gt;</c> (or <c>headline of</c>, or another command's
/// file) and <c>&lt;!-- end --&gt;</c> stands what <c>scorecard --markdown</c> prints for that file, and nothing else.
/// </summary>
public sealed partial class QuotedFiguresTests
{
    private static readonly string s_root = AppContext.BaseDirectory;

    public static TheoryData<string> Documents()
    {
        IEnumerable<string> all = Directory.GetFiles(Path.Combine(s_root, "docs"), "*.md").Select(file => Path.GetRelativePath(s_root, file)).Append("README.md");
        return [.. all.Where(document => Quotes(document).Count > 0)];
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Tables_OfADocument_AreThoseOfTheResults(string document)
    {
        foreach (Match quote in Quotes(document))
        {
            string results = Text(quote.Groups["file"].Value);
            string table = (quote.Groups["kind"].Value, quote.Groups["command"].Value) switch
            {
                ("table", "comparison") => ComparisonText.Table(ResultFile<ComparisonRow>.Parse(results).Rows),
                ("table", _) => ScorecardMarkdown.Table(ResultFile<ScorecardRow>.Parse(results).Rows),
                _ => ScorecardMarkdown.Headline(ResultFile<ScorecardRow>.Parse(results).Rows),
            };
            Assert.Equal(table, quote.Groups["text"].Value.Trim());
        }
    }

    [Fact]
    public void Readme_OfTheProject_QuotesTheComparisonAndOneHeadline() =>
        Assert.Equal(["table of comparison", "headline of scorecard"], Quotes("README.md").Select(quote => $"{quote.Groups["kind"]} of {quote.Groups["command"]}"));

    [Fact]
    public void Results_OfEveryMachine_AreInTheBenchmarksDocument()
    {
        string[] results = Directory.GetFiles(Path.Combine(s_root, "bench", "results"), "scorecard.json", SearchOption.AllDirectories);
        Assert.NotEmpty(results);
        Assert.Equal(
            results.Select(file => $"table of {Path.GetRelativePath(s_root, file)}").Order(),
            Quotes(Path.Combine("docs", "benchmarks.md")).Select(quote => $"{quote.Groups["kind"]} of {quote.Groups["file"]}").Order());
    }

    [Fact]
    public void BandwidthTable_OfTheCudaDocument_IsThatOfTheResults()
    {
        using JsonDocument results = JsonDocument.Parse(Text(Path.Combine("bench", "results", "nvidia-h200", "cuda.json")));
        JsonElement[] rows = [.. results.RootElement.GetProperty("rows").EnumerateArray().Where(row => row.GetProperty("part").GetString() == "bandwidth")];
        ILookup<string, JsonElement> byName = rows.ToLookup(row => row.GetProperty("name").GetString()!);
        string[] expected = [.. byName.Where(row => row.Key.StartsWith("forward ", StringComparison.Ordinal)).Select(row => TableRow(row.Key["forward ".Length..]))];
        Assert.NotEmpty(expected);
        Assert.Contains(string.Join('\n', expected), Text(Path.Combine("docs", "cuda.md")), StringComparison.Ordinal);

        string TableRow(string kernel)
        {
            string[] words = kernel.Split(' ', 5);
            (JsonElement forward, JsonElement backward) = (Assert.Single(byName[$"forward {kernel}"]), Assert.Single(byName[$"backward {kernel}"]));
            string target = Target().Match(forward.GetProperty("detail").GetString()!) is { Success: true } found ? $"0.{found.Groups[1].Value}" : "";
            string? term = words.ElementAtOrDefault(4) switch
            {
                "cross entropy" => "cross-entropy",
                "cross entropy label smoothing" => "cross-entropy, smoothed",
                var other => other,
            };
            return $"| {words[0]} | {words[2]}, {words[3]} | {term} | {OfCopy(forward)} | {OfCopy(backward)} | {target} | {Milliseconds(forward)} | {Milliseconds(backward)} |";
        }

        static double Number(JsonElement row, string name) => row.GetProperty("numbers").GetProperty(name).GetDouble();

        static string OfCopy(JsonElement row) =>
            Number(row, "of_copy").ToString("F2", CultureInfo.InvariantCulture) + (row.GetProperty("verdict").GetString() == "failed" ? " missed" : "");

        // And what moving the bytes would take, at the speed of a copy.
        string Milliseconds(JsonElement row)
        {
            double floor = Number(row, "bytes") / Number(Assert.Single(byName["copy within the device"]), "gigabytes_a_second") / 1e6;
            return string.Create(CultureInfo.InvariantCulture, $"{Number(row, "kernel_ms"):F3} ({floor:F3})");
        }
    }

    private static MatchCollection Quotes(string document) => Quote().Matches(Text(document));

    private static string Text(string file) => File.ReadAllText(Path.Combine(s_root, file));

    [GeneratedRegex("<!-- (?<kind>table|headline) of (?<file>bench/results/\\S+/(?<command>scorecard|comparison)\\.json) -->\n(?<text>.*?)<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Quote();

    [GeneratedRegex("target (\\d\\d)%")]
    private static partial Regex Target();
}
