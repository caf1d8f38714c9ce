using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace DiceLoss.Conformance;

/// <summary>The command: its files, what it prints, and what becomes of a mistake.</summary>
internal static class CommandLine
{
    /// <summary>Exit code for cases that failed.</summary>
    public const int Failed = 1;

    /// <summary>Exit code for arguments and files that cannot be used.</summary>
    public const int Unusable = 2;

    /// <summary>Runs the cases of files.</summary>
    /// <param name="arguments">The files.</param>
    /// <param name="output">Where outcomes are printed.</param>
    /// <param name="errors">Where one message is printed if it cannot be done.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var files = new Argument<string[]>("FILE")
        {
            Description = "Files of cases; tests/conformance/README.md describes them",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new RootCommand("Compares losses and gradients with what other libraries' definitions give.") { files };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(files), output));
        ParseResult parsed = command.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            errors.WriteLine(string.Join(' ', parsed.Errors.Select(error => error.Message).Distinct()) + " See --help.");
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

    private static int Run(string[] files, TextWriter output)
    {
        // All of them are read before the first is run: half a report for a bad file would look like a whole one.
        List<(string Name, JsonElement Case)> cases = [.. files.SelectMany(CaseReader.ReadFile)];
        List<Outcome> outcomes = [.. cases.Select(what => CaseRunner.Run(what.Name, what.Case))];
        foreach (Outcome outcome in outcomes)
        {
            if (outcome.Verdict != Verdict.Passed) output.WriteLine(outcome);
        }

        int Count(Verdict verdict) => outcomes.Count(outcome => outcome.Verdict == verdict);
        output.WriteLine($"{Count(Verdict.Passed)} passed, {Count(Verdict.Failed)} failed, {Count(Verdict.Skipped)} skipped");
        return Count(Verdict.Failed) > 0 ? Failed : 0;
    }
}
