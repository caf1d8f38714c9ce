using System.Text.RegularExpressions;

namespace DiceLoss.Readme.Tests;

/// <summary>The code in README and docs is code that runs.</summary>
public sealed partial class ReadmeTests
{
    [Theory]
    [InlineData("README.md", "Examples.cs")]
    [InlineData("training.md", "TrainingExamples.cs")]
    public void CodeBlocks_OfTheDocument_AreTheExamplesThatRun(string document, string examples)
    {
        string[] blocks = Blocks(CodeBlock(), document);
        Assert.NotEmpty(blocks);
        Assert.Equal(Blocks(ExampleBlock(), examples), blocks);
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
