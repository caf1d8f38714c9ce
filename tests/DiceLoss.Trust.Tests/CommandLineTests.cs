namespace DiceLoss.Trust.Tests;

public sealed class CommandLineTests
{
    private static readonly PlantedFigure s_held = new("good", _ => Finding.Held("7 of 7"));

    private static readonly PlantedFigure s_broken = new("bad", _ => Finding.Broken("6 of 7"));

    private static readonly PlantedFigure s_throwing = new("worse", _ => throw new InvalidOperationException("It burns."));

    private static readonly PlantedFigure s_skipped = new("absent", _ => Finding.Skipped("There is no such device."));

    [Theory]
    [InlineData("", "Required command")]
    [InlineData("rum", "'rum'")]
    [InlineData("run god", "'god'")]
    [InlineData("run --budget soon", "--budget is \"soon\"; it is a time of more than zero")]
    [InlineData("run --budget 00:00:00", "--budget is \"00:00:00\"")]
    [InlineData("report --document no/such/file.md", "no/such/file.md")]
    public void Run_BadArguments_SaysWhatIsWrongBeforeAnyWork(string arguments, string message)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.Equal(CommandLine.Unusable, CommandLine.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), [s_held], output, errors));
        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public void Run_FigureThatIsWrong_IsReportedAndFails()
    {
        (int code, string output) = Run(["run"], s_held, s_broken);
        Assert.Equal(CommandLine.Broken, code);
        Assert.Contains("BROKEN  bad (what bad holds)", output, StringComparison.Ordinal);
        Assert.Contains("1 held, 1 broken, 0 skipped", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FigureThatThrows_IsReportedAndFails()
    {
        (int code, string output) = Run(["run"], s_throwing, s_held);
        Assert.Equal(CommandLine.Broken, code);
        Assert.Contains("InvalidOperationException: It burns.", output, StringComparison.Ordinal);
        Assert.Contains("1 held, 1 broken, 0 skipped", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FigureThatCannotBeMeasured_IsASkipWithItsReason()
    {
        (int code, string output) = Run(["run"], s_skipped);
        Assert.Equal(0, code);
        Assert.Contains("There is no such device.", output, StringComparison.Ordinal);
        Assert.Contains("0 held, 0 broken, 1 skipped", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NamedFigures_AreMeasuredAlone()
    {
        (int code, string output) = Run(["run", "good"], s_held, s_broken);
        Assert.Equal(0, code);
        Assert.Contains("1 held, 0 broken, 0 skipped", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Budget_IsSpentFromTheStartWithoutAndNotWith()
    {
        bool? isSpent = null;
        var figure = new PlantedFigure("long", budget =>
        {
            isSpent = budget.IsSpent;
            return Finding.Held("all");
        });
        Run(["run"], figure);
        Assert.True(isSpent);
        Run(["run", "--budget", "01:00:00"], figure);
        Assert.False(isSpent);
    }

    [Fact]
    public void Report_SomeFigures_WritesTheirRowsAndKeepsTheOthers()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "before\n<!-- figures -->\n| a | b |\n| --- | --- |\n| good | as it was |\n| gone | no figure |\n<!-- end -->\nbehind\n");
            (int code, _) = Run(["report", "bad", "--document", file], s_held, s_broken, s_skipped);
            Assert.Equal(CommandLine.Broken, code);
            string text = File.ReadAllText(file);
            Assert.StartsWith("before\n<!-- figures -->\n| figure |", text, StringComparison.Ordinal);
            Assert.EndsWith("<!-- end -->\nbehind\n", text, StringComparison.Ordinal);
            Assert.Contains("| good | as it was |\n", text, StringComparison.Ordinal);
            Assert.Contains("| bad | what bad holds | how bad is measured | **Broken.** 6 of 7 |", text, StringComparison.Ordinal);
            Assert.Contains("| absent | what absent holds | how absent is measured | never measured |", text, StringComparison.Ordinal);
            Assert.Equal(["good", "bad", "absent"], TrustDocument.Names(text));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Report_DocumentWithoutATable_IsRefusedBeforeAnyWork()
    {
        string file = Path.GetTempFileName();
        try
        {
            using var output = new StringWriter();
            using var errors = new StringWriter();
            Assert.Equal(CommandLine.Unusable, CommandLine.Run(["report", "--document", file], [s_held], output, errors));
            Assert.Contains("no table", errors.ToString(), StringComparison.Ordinal);
            Assert.Equal("", output.ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static (int Code, string Output) Run(string[] arguments, params Figure[] figures)
    {
        using var output = new StringWriter();
        return (CommandLine.Run(arguments, figures, output, TextWriter.Null), output.ToString());
    }
}
