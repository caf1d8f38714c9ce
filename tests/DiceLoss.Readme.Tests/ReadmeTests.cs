using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DiceLoss.Readme.Tests;

/// <summary>What README and docs show is what the code does and what was measured.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string s_readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));

    [Theory]
    [InlineData("README.md", "Examples.cs")]
    [InlineData("training.md", "TrainingExamples.cs")]
    public void CodeBlocks_OfTheDocument_AreTheExamplesThatRun(string document, string examples)
    {
        string[] blocks = Blocks(CodeBlock(), document);
        Assert.NotEmpty(blocks);
        Assert.Equal(Blocks(ExampleBlock(), examples), blocks);
    }

    [Fact]
    public void Table_OfTheReadme_QuotesTheMeasuredFile()
    {
        using JsonDocument measured = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "comparison.json")));
        foreach (JsonElement row in measured.RootElement.GetProperty("Rows").EnumerateArray())
        {
            string line = string.Create(CultureInfo.InvariantCulture,
                $"| {row.GetProperty("Case").GetString()} | {Number(row, "LogitsMiB")} MiB | {Number(row, "FusedMiB")} MiB | {Number(row, "OneHotMiB")} MiB "
                + $"| {row.GetProperty("OneHotMs").GetDouble() / row.GetProperty("FusedMs").GetDouble():F0} x |");
            Assert.Contains(line, s_readme, StringComparison.Ordinal);
        }

        static string Number(JsonElement row, string name) => row.GetProperty(name).GetDouble().ToString("F0", CultureInfo.InvariantCulture);
    }

    private static string[] Blocks(Regex block, string file) =>
        [.. block.Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file))).Select(match => Trimmed(match.Groups[1].Value))];

    // Without the indentation that the block has as a whole.
    private static string Trimmed(string block)
    {
        string[] lines = block.TrimEnd().Split('\n');
        int indentation = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > indentation ? line[indentation..].TrimEnd() : ""));
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("// ---\n(.*?)// ---", RegexOptions.Singleline)]
    private static partial Regex ExampleBlock();
}
