using System.Text.RegularExpressions;
using DiceLoss.Bench.Measurement;
using DiceLoss.Bench.Scorecard;

namespace DiceLoss.Bench.Tests;

/// <summary>
/// Documents quote results: between <c>&lt;!-- table of bench/results/.../scorecard.json --&gt;</c> (or <c>headline of</c>) and
/// <c>&lt;!-- end --&gt;</c> stands what <c>scorecard --markdown</c> prints for that file, and nothing else.
/// </summary>
public sealed partial class QuotedFiguresTests
{
    private static readonly string s_root = AppContext.BaseDirectory;

    public static TheoryData<string> Documents() => [.. Directory.GetFiles(Path.Combine(s_root, "docs"), "*.md").Select(file => Path.GetRelativePath(s_root, file)), "README.md"];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Tables_OfADocument_AreThoseOfTheResults(string document)
    {
        foreach (Match quote in Quotes(document))
        {
            IReadOnlyList<ScorecardRow> rows = ResultFile<ScorecardRow>.Parse(Text(quote.Groups["file"].Value)).Rows;
            string table = quote.Groups["kind"].Value == "table" ? ScorecardMarkdown.Table(rows) : ScorecardMarkdown.Headline(rows);
            Assert.Equal(table, quote.Groups["text"].Value.Trim());
        }
    }

    [Fact]
    public void Readme_OfTheProject_QuotesOneHeadline() => Assert.Equal("headline", Assert.Single(Quotes("README.md")).Groups["kind"].Value);

    [Fact]
    public void Results_OfEveryMachine_AreInTheBenchmarksDocument()
    {
        string[] results = Directory.GetFiles(Path.Combine(s_root, "bench", "results"), "scorecard.json", SearchOption.AllDirectories);
        Assert.NotEmpty(results);
        Assert.Equal(
            results.Select(file => $"table of {Path.GetRelativePath(s_root, file)}").Order(),
            Quotes(Path.Combine("docs", "benchmarks.md")).Select(quote => $"{quote.Groups["kind"]} of {quote.Groups["file"]}").Order());
    }

    private static MatchCollection Quotes(string document) => Quote().Matches(Text(document));

    private static string Text(string file) => File.ReadAllText(Path.Combine(s_root, file));

    [GeneratedRegex("<!-- (?<kind>table|headline) of (?<file>bench/results/\\S+/scorecard\\.json) -->\n(?<text>.*?)<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Quote();
}
