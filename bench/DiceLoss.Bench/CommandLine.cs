using System.CommandLine;
using System.Globalization;
using DiceLoss.Bench.Benchmarks;
using DiceLoss.Bench.Comparison;
using DiceLoss.Bench.Measurement;
using DiceLoss.Bench.RealSize;
using DiceLoss.Bench.Scaling;
using DiceLoss.Bench.Scorecard;

namespace DiceLoss.Bench;

/// <summary>The commands: their options, what they print, and what becomes of a mistake.</summary>
internal static class CommandLine
{
    /// <summary>Exit code for arguments that cannot be used, files that cannot be written, and too little memory.</summary>
    public const int Unusable = 2;

    /// <summary>Exit code of a measurement whose result is wrong.</summary>
    private const int Wrong = 1;

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">Its name and options.</param>
    /// <param name="output">Where figures are printed.</param>
    /// <param name="errors">Where one message is printed if it cannot be done.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var commands = new RootCommand("Measures the Dice loss: what it costs beside touching the memory, and beside other ways to write it.")
        {
            CompareCommand(output), ScorecardCommand(output), ScalingCommand(output), Inia19Command(output), BenchmarksCommand(),
        };
        ParseResult parsed = commands.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            errors.WriteLine(string.Join(Environment.NewLine, parsed.Errors.Select(error => error.Message).Distinct()));
            errors.WriteLine("See --help.");
            return Unusable;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = errors });
        }
        catch (Exception unusable) when (
            unusable is IOException or UnauthorizedAccessException or InvalidDataException or InsufficientMemoryException or DllNotFoundException
                or PlatformNotSupportedException)
        {
            errors.WriteLine(unusable.Message);
            return Unusable;
        }
    }

    private static Command CompareCommand(TextWriter output)
    {
        Option<FileInfo?> json = OutputFile("--json", "Writes the figures to this file");
        Option<bool> markdown = new("--markdown") { Description = "Prints the table that README.md quotes, too" };
        var command = new Command("compare", "One training step's loss against softmax and one-hot mask: time and peak memory") { json, markdown };
        command.SetAction(parsed =>
        {
            output.WriteLine($"{Machine.Describe()}; {ComparisonRun.Rounds} rounds in turns");
            output.WriteLine(ComparisonText.Header);
            List<ComparisonRow> rows = [];
            foreach (ComparisonRow row in ComparisonRun.Run())
            {
                output.WriteLine(ComparisonText.Of(row));
                rows.Add(row);
            }

            if (parsed.GetValue(markdown)) output.WriteLine($"\n{ComparisonText.Table(rows)}");
            Write(parsed.GetValue(json), ResultFile<ComparisonRow>.OfToday("compare --json FILE", rows).ToJson());
        });
        return command;
    }

    private static Command ScorecardCommand(TextWriter output)
    {
        Option<FileInfo?> json = OutputFile("--json", "Writes the figures to this file");
        Option<bool> quick = Quick("Small volumes and few rounds: shows that everything runs, in seconds");
        Option<bool> markdown = new("--markdown") { Description = "Prints the tables that README.md and docs/benchmarks.md quote, too" };
        var command = new Command("scorecard", "Every claim about speed and memory in one table, in about five minutes") { json, quick, markdown };
        command.SetAction(parsed =>
        {
            IEnumerable<IReadOnlyList<ScorecardRow>> cases = ScorecardRun.Run(parsed.GetValue(quick));
            output.WriteLine(Machine.Describe());
            output.WriteLine(ScorecardText.Header);
            List<ScorecardRow> rows = [];
            foreach (IReadOnlyList<ScorecardRow> ofOneCase in cases)
            {
                output.WriteLine(ScorecardText.Lines(ofOneCase));
                rows.AddRange(ofOneCase);
            }

            if (parsed.GetValue(markdown)) output.WriteLine($"\n{ScorecardMarkdown.Headline(rows)}\n\n{ScorecardMarkdown.Table(rows)}");
            Write(parsed.GetValue(json), ResultFile<ScorecardRow>.OfToday("scorecard --json FILE", rows).ToJson());
        });
        return command;
    }

    private static Command ScalingCommand(TextWriter output)
    {
        Option<FileInfo?> json = OutputFile("--json", "Writes the figures to this file");
        Option<FileInfo?> picture = OutputFile("--picture", "Draws them, as a PNG file");
        Option<bool> quick = Quick("A few small sizes: shows that everything runs, in seconds");
        var command = new Command("scaling", "Cost against voxels, 10^3 to 10^9 or as far as memory goes, and against classes, 2 to 1000")
        {
            json, picture, quick,
        };
        command.SetAction(parsed =>
        {
            output.WriteLine(Machine.Describe());
            output.WriteLine(ScalingText.Header);
            List<ScalingRow> rows = [];
            foreach ((ScalingPoint point, ScalingRow? row) in ScalingRun.Run(parsed.GetValue(quick)))
            {
                output.WriteLine(ScalingText.Of(point, row));
                if (row is not null) rows.Add(row);
            }

            var results = ResultFile<ScalingRow>.OfToday("scaling --json FILE --picture FILE", rows);
            Write(parsed.GetValue(json), results.ToJson());
            if (parsed.GetValue(picture) is { } file) ScalingPicture.Save(file.FullName, results);
        });
        return command;
    }

    private static Command Inia19Command(TextWriter output)
    {
        Option<int> classes = Classes("--classes", "Classes; labels from there on become background", 2, 725);
        Option<bool> quick = Quick("A few layers of the volume");
        var command = new Command("inia19", "The loss of a whole brain atlas at its full resolution: time, memory, and that it is right") { classes, quick };
        command.SetAction(parsed =>
        {
            var run = new Inia19Run(AtlasLabels.Read(parsed.GetValue(classes), parsed.GetValue(quick)), output);
            AvailableMemory.Require(run.Bytes, "The atlas", "--classes 300, for example, takes less; --quick takes a few layers of the volume.");
            return run.Run() ? 0 : Wrong;
        });
        return command;
    }

    private static Command BenchmarksCommand()
    {
        var command = new Command(
            "benchmarks", "BenchmarkDotNet with its own arguments, such as --filter '*f32/u8*' or --list flat; one job for each SIMD level of the machine")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        command.SetAction(parsed => BenchmarkRun.Run([.. parsed.UnmatchedTokens]));
        return command;
    }

    private static Option<bool> Quick(string description) => new("--quick") { Description = description };

    private static Option<int> Classes(string name, string description, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} ({least} to {most})", HelpName = "number", DefaultValueFactory = _ => most };
        option.CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value < least || value > most)
                argument.AddError($"{name} is \"{text}\"; it is a whole number from {least} to {most}.");
            return value;
        };
        return option;
    }

    // Whether it can be written is found out before minutes are spent on what goes into it.
    private static Option<FileInfo?> OutputFile(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "file",
        CustomParser = argument =>
        {
            string path = argument.Tokens[0].Value;
            if (path.Length == 0)
            {
                argument.AddError($"{name} is empty; it is the path of a file.");
                return null;
            }

            var file = new FileInfo(path);
            try
            {
                bool isNew = !file.Exists;
                File.Open(file.FullName, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
                if (isNew) file.Delete();
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                argument.AddError($"{name} is \"{path}\", and this file cannot be written: {refused.Message}");
            }

            return file;
        },
    };

    private static void Write(FileInfo? file, string text)
    {
        if (file is not null) File.WriteAllText(file.FullName, text);
    }
}
