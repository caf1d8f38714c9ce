using System.CommandLine;
using System.Globalization;
using DiceLoss.Bench;
using Spectre.Console;

namespace DiceLoss.Trust;

/// <summary>The commands: their options, what they print, and what becomes of a mistake.</summary>
internal static class CommandLine
{
    /// <summary>Exit code for arguments and files that cannot be used.</summary>
    public const int Unusable = 2;

    /// <summary>Exit code if a figure is broken.</summary>
    public const int Broken = 1;

    /// <summary>What all short lists together take at most.</summary>
    private static readonly TimeSpan s_shortLimit = TimeSpan.FromMinutes(8);

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">Its name and options.</param>
    /// <param name="figures">The figures that there are.</param>
    /// <param name="output">Where findings are printed.</param>
    /// <param name="errors">Where one message is printed if it cannot be done.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments, IReadOnlyList<Figure> figures, TextWriter output, TextWriter errors)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var commands = new RootCommand("Measures what this library promises: same bits, bounds on errors, no byte out of bounds, no fault that loses or corrupts.")
        {
            ListCommand(figures, output), RunCommand(figures, output), ReportCommand(figures, output),
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
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            errors.WriteLine(unusable.Message);
            return Unusable;
        }
    }

    private static Command ListCommand(IReadOnlyList<Figure> figures, TextWriter output)
    {
        var command = new Command("list", "Names the figures");
        command.SetAction(_ =>
        {
            var table = new Table { Border = TableBorder.Simple };
            foreach (string title in (string[])["figure", "held", "how measured"]) table.AddColumn(title);
            foreach (Figure figure in figures) table.AddRow(Markup.Escape(figure.Name), Markup.Escape(figure.Held), Markup.Escape(figure.Method));
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(table);
        });
        return command;
    }

    private static Command RunCommand(IReadOnlyList<Figure> figures, TextWriter output)
    {
        (Argument<string[]> names, Option<TimeSpan> budget) = (Names(figures), BudgetOption());
        var command = new Command("run", "Measures figures and prints what is found") { names, budget };
        command.SetAction(parsed => ExitCode(Measure(Chosen(figures, parsed.GetValue(names)), parsed.GetValue(budget), output)));
        return command;
    }

    private static Command ReportCommand(IReadOnlyList<Figure> figures, TextWriter output)
    {
        (Argument<string[]> names, Option<TimeSpan> budget) = (Names(figures), BudgetOption());
        var document = new Option<FileInfo>("--document")
        {
            Description = "The document with the table",
            HelpName = "file",
            DefaultValueFactory = _ => new FileInfo("docs/trust.md"),
        };
        document.AcceptExistingOnly();
        var command = new Command("report", "Measures figures and writes their rows into the table of docs/trust.md; other rows stay") { names, budget, document };
        command.SetAction(parsed =>
        {
            string file = parsed.GetRequiredValue(document).FullName, text = File.ReadAllText(file);
            TrustDocument.Names(text); // a document without a table is found before minutes are spent
            List<Measurement> measured = Measure(Chosen(figures, parsed.GetValue(names)), parsed.GetValue(budget), output);
            File.WriteAllText(file, TrustDocument.With(text, figures, measured));
            return ExitCode(measured);
        });
        return command;
    }

    private static Argument<string[]> Names(IReadOnlyList<Figure> figures)
    {
        var names = new Argument<string[]>("FIGURE") { Description = "Which; all of them if none is named", Arity = ArgumentArity.ZeroOrMore };
        names.AcceptOnlyFromAmong([.. figures.Select(figure => figure.Name)]);
        return names;
    }

    private static Option<TimeSpan> BudgetOption() => new("--budget")
    {
        Description = "Time for each figure beyond its short list of cases, such as 00:30:00; without it, the short lists alone, all within 8 minutes",
        HelpName = "time",
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (!TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan time) || time <= TimeSpan.Zero)
                argument.AddError($"--budget is \"{text}\"; it is a time of more than zero as hours:minutes:seconds, such as 00:30:00.");
            return time;
        },
    };

    private static IEnumerable<Figure> Chosen(IReadOnlyList<Figure> figures, string[]? names) =>
        names is { Length: > 0 } ? figures.Where(figure => names.Contains(figure.Name)) : figures;

    private static List<Measurement> Measure(IEnumerable<Figure> figures, TimeSpan budget, TextWriter output)
    {
        output.WriteLine(Machine.Describe());
        List<Measurement> measured = [];
        foreach (Measurement measurement in Measurement.Of(figures, budget, budget == TimeSpan.Zero ? s_shortLimit : TimeSpan.MaxValue))
        {
            string verdict = measurement.Finding.Verdict.ToString().ToUpperInvariant();
            output.WriteLine($"{verdict,-7} {measurement.Figure.Name} ({measurement.Figure.Held}), {measurement.Time.TotalSeconds:F0} s: {measurement.Finding.Text}");
            measured.Add(measurement);
        }

        int Count(Verdict verdict) => measured.Count(measurement => measurement.Finding.Verdict == verdict);
        output.WriteLine($"{Count(Verdict.Held)} held, {Count(Verdict.Broken)} broken, {Count(Verdict.Skipped)} skipped");
        return measured;
    }

    private static int ExitCode(List<Measurement> measured) => measured.Exists(measurement => measurement.Finding.Verdict == Verdict.Broken) ? Broken : 0;
}
