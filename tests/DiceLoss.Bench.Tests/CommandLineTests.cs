namespace DiceLoss.Bench.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("", "Required command")]
    [InlineData("scorcard", "'scorcard'")]
    [InlineData("scorecard --jsn x", "'--jsn'")]
    [InlineData("scorecard --json", "--json")]
    [InlineData("scorecard --json no/such/folder/x.json", "this file cannot be written")]
    [InlineData("compare --json no/such/folder/x.json", "this file cannot be written")]
    [InlineData("scaling --picture no/such/folder/x.png", "this file cannot be written")]
    [InlineData("inia19 --classes 1", "--classes is \"1\"; it is a whole number from 2 to 725.")]
    [InlineData("inia19 --classes many", "--classes is \"many\"")]
    [InlineData("benchmarks --job endless", "--job is \"endless\"; it is one of dry|short|medium|long|default.")]
    public void Run_BadArguments_SaysWhatIsWrongBeforeAnyWork(string arguments, string message)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.Equal(CommandLine.Unusable, CommandLine.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, errors));
        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public void Run_Inia19Quick_LossAndGradientAreWithinTheirBounds()
    {
        using var output = new StringWriter();
        Assert.Equal(0, CommandLine.Run(["inia19", "--quick", "--classes", "11"], output, TextWriter.Null));
        Assert.DoesNotContain("NOT WITHIN", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ScalingQuick_WritesResultsAndPicture()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string json = Path.Combine(folder, "scaling.json"), picture = Path.Combine(folder, "scaling.png");
            Assert.Equal(0, CommandLine.Run(["scaling", "--quick", "--json", json, "--picture", picture], TextWriter.Null, TextWriter.Null));
            Assert.Contains("\"forward_over_read\"", File.ReadAllText(json), StringComparison.Ordinal);
            Assert.Equal("PNG"u8, File.ReadAllBytes(picture).AsSpan(1, 3));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
