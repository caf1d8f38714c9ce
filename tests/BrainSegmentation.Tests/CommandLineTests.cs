namespace BrainSegmentation.Tests;

public class CommandLineTests
{
    [Fact]
    public void Run_NoArguments_HasTheDefaults()
    {
        SampleOptions? seen = null;
        Assert.Equal(0, CommandLine.Run([], Keep, TextWriter.Null));
        Assert.Equal((300, 16, LossKind.Fused, VolumeSize.Crop, 1), (seen!.Steps, seen.Classes, seen.Loss, seen.Size, seen.Seed));
        Assert.Equal(Criterion.Dice, seen.Criterion);
        Assert.Equal("output", seen.Out.Name);

        int Keep(SampleOptions options)
        {
            seen = options;
            return 0;
        }
    }

    [Theory]
    [InlineData("fused", "crop", LossKind.Fused, VolumeSize.Crop)]
    [InlineData("plain", "1mm", LossKind.Plain, VolumeSize.Whole1Mm)]
    [InlineData("plain", "0.5mm", LossKind.Plain, VolumeSize.Whole05Mm)]
    internal void Run_AllArguments_ArriveAndTheExitCodeIsTheSamples(string loss, string size, LossKind expectedLoss, VolumeSize expectedSize)
    {
        string folder = Path.Combine(Path.GetTempPath(), "pictures");
        string[] arguments = ["--steps", "7", "--classes", "105", "--loss", loss, "--size", size, "--out", folder, "--seed", "9"];
        int exitCode = CommandLine.Run(
            arguments,
            options =>
            {
                Assert.Equal((7, 105, expectedLoss, expectedSize, 9), (options.Steps, options.Classes, options.Loss, options.Size, options.Seed));
                Assert.Equal(folder, options.Out.FullName);
                return 42;
            },
            TextWriter.Null);
        Assert.Equal(42, exitCode);
    }

    [Theory]
    [InlineData("dice", Criterion.Dice)]
    [InlineData("dice-ce", Criterion.DiceCrossEntropy)]
    [InlineData("dice-focal", Criterion.DiceFocal)]
    [InlineData("jaccard", Criterion.Jaccard)]
    [InlineData("tversky", Criterion.Tversky)]
    [InlineData("focal-tversky", Criterion.FocalTversky)]
    [InlineData("generalized-dice", Criterion.GeneralizedDice)]
    internal void Run_Criterion_Arrives(string criterion, Criterion expected)
    {
        Criterion? seen = null;
        CommandLine.Run(["--criterion", criterion], Keep, TextWriter.Null);
        Assert.Equal(expected, seen);

        int Keep(SampleOptions options)
        {
            seen = options.Criterion;
            return 0;
        }
    }

    [Theory]
    [InlineData("--loss plain --criterion jaccard", "--loss is \"plain\" and --criterion \"jaccard\"; with --loss plain, --criterion is dice.")]
    [InlineData("--criterion generalized-dice --loss plain", "--loss is \"plain\" and --criterion \"generalized-dice\"; with --loss plain, --criterion is dice.")]
    [InlineData("--criterion generalised-dice --loss plain", "--criterion is \"generalised-dice\"; it is one of dice|dice-ce|dice-focal|jaccard|tversky|focal-tversky|generalized-dice.")]
    public void Run_CriterionThatThereIsNotOrNotPlain_IsOneErrorBeforeAnyWork(string arguments, string message)
    {
        using var errors = new StringWriter();
        int exitCode = CommandLine.Run(arguments.Split(' '), _ => throw new InvalidOperationException("The sample was started."), errors);
        Assert.Equal(CommandLine.Unusable, exitCode);
        Assert.Equal([message, "See --help."], errors.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Run_PlainDice_IsAccepted() => Assert.Equal(7, CommandLine.Run(["--loss", "plain", "--criterion", "dice"], _ => 7, TextWriter.Null));

    [Theory]
    [InlineData("--steps 0", "--steps is \"0\"; it is a whole number from 1 to 100000.")]
    [InlineData("--steps many", "--steps is \"many\"")]
    [InlineData("--steps 99999999999", "--steps is \"99999999999\"")]
    [InlineData("--classes 1", "--classes is \"1\"; it is a whole number from 2 to 363.")]
    [InlineData("--classes 364", "--classes is \"364\"")]
    [InlineData("--loss dice", "--loss is \"dice\"; it is one of fused|plain.")]
    [InlineData("--size 2mm", "--size is \"2mm\"; it is one of crop|1mm|0.5mm.")]
    [InlineData("--seed -1", "--seed is \"-1\"")]
    [InlineData("--out", "--out")]
    [InlineData("--step 3", "'--step'")]
    [InlineData("3", "'3'")]
    public void Run_BadArguments_SaysWhatIsWrongBeforeAnyWork(string arguments, string message)
    {
        using var errors = new StringWriter();
        int exitCode = CommandLine.Run(arguments.Split(' '), _ => throw new InvalidOperationException("The sample was started."), errors);
        Assert.Equal(CommandLine.Unusable, exitCode);
        Assert.Contains(message, errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FolderThatIsAFile_SaysSo()
    {
        using var errors = new StringWriter();
        Assert.Equal(CommandLine.Unusable, CommandLine.Run(["--out", typeof(CommandLineTests).Assembly.Location], _ => 0, errors));
        Assert.Contains("which is a file", errors.ToString(), StringComparison.Ordinal);
    }
}
