using System.CommandLine;
using System.Globalization;
using DiceLoss.Fuzz.Campaigns;
using SharpFuzz;

namespace DiceLoss.Fuzz;

/// <summary>The commands: their options, what they print, and what becomes of a mistake.</summary>
internal static class CommandLine
{
    /// <summary>The command that AFL++ starts.</summary>
    public const string ExecuteCommand = "execute";

    /// <summary>Exit code if something was found.</summary>
    public const int Found = 1;

    /// <summary>Exit code for arguments that cannot be used, or a machine without AFL++.</summary>
    public const int Unusable = 2;

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">Its name and options.</param>
    /// <param name="output">Where results are printed.</param>
    /// <param name="errors">Where one message is printed if it cannot be done.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var commands = new RootCommand("Gives bytes of all kinds to what takes bytes from strangers.")
        {
            ListCommand(output), RunCommand(output, errors), ReplayCommand(output), Execute(),
        };
        ParseResult parsed = commands.Parse(arguments);
        if (parsed.Errors.Count == 0) return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = errors });
        errors.WriteLine(string.Join(' ', parsed.Errors.Select(error => error.Message).Distinct()) + " See --help.");
        return Unusable;
    }

    private static Command ListCommand(TextWriter output)
    {
        var command = new Command("list", "Names the targets");
        command.SetAction(_ =>
        {
            foreach (Target target in TargetList.All) output.WriteLine($"{target.Name,-8} {target.Description}");
        });
        return command;
    }

    private static Command RunCommand(TextWriter output, TextWriter errors)
    {
        var names = new Argument<string[]>("TARGET") { Description = "Which; all of them if none is named", Arity = ArgumentArity.ZeroOrMore };
        names.AcceptOnlyFromAmong([.. TargetList.All.Select(target => target.Name)]);
        var seconds = new Option<int?>("--seconds") { Description = "How long for each target; a minute if nothing is said" };
        var executions = new Option<long?>("--executions") { Description = "How many inputs for each target, about" };
        seconds.Validators.Add(result => { if (result.GetValueOrDefault<int?>() < 1) result.AddError("--seconds is 1 or more."); });
        executions.Validators.Add(result => { if (result.GetValueOrDefault<long?>() < 1) result.AddError("--executions is 1 or more."); });
        var folder = new Option<DirectoryInfo>("--folder")
        {
            Description = "Where corpus and findings are kept, to go on from",
            DefaultValueFactory = _ => new DirectoryInfo("artifacts/fuzz"),
        };
        var command = new Command("run", "Runs AFL++ over targets, one after the other") { names, seconds, executions, folder };
        command.SetAction(parsed =>
        {
            if (Campaign.Obstacle() is { } obstacle)
            {
                errors.WriteLine(obstacle);
                return Unusable;
            }

            using var program = new Instrumented();
            var campaign = new Campaign(program, parsed.GetRequiredValue(folder).FullName);
            long? number = parsed.GetValue(executions);
            TimeSpan? time = parsed.GetValue(seconds) is { } s ? TimeSpan.FromSeconds(s) : number is null ? TimeSpan.FromMinutes(1) : null;
            string[] chosen = parsed.GetValue(names) ?? [];
            bool isClean = true;
            foreach (Target target in TargetList.All.Where(target => chosen.Length == 0 || chosen.Contains(target.Name)))
            {
                Harvest harvest = campaign.Run(target, time, number);
                output.WriteLine(harvest);
                foreach (string finding in harvest.Findings) output.WriteLine($"  {finding}");
                isClean &= harvest.IsClean;
            }

            return isClean ? 0 : Found;
        });
        return command;
    }

    private static Command ReplayCommand(TextWriter output)
    {
        var files = new Argument<FileInfo[]>("FILE") { Description = "Inputs", Arity = ArgumentArity.OneOrMore };
        files.AcceptExistingOnly();
        Argument<string> name = Name();
        var command = new Command("replay", "Executes inputs once, and prints what they end in") { name, files };
        command.SetAction(parsed =>
        {
            Target target = TargetList.Named(parsed.GetRequiredValue(name));
            int found = Replay.Run(target, parsed.GetRequiredValue(files).Select(file => (file.ToString(), File.ReadAllBytes(file.FullName))), output);
            return found == 0 ? 0 : Found;
        });
        return command;
    }

    private static Command Execute()
    {
        Argument<string> name = Name();
        var command = new Command(ExecuteCommand) { name };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            Target target = TargetList.Named(parsed.GetRequiredValue(name));
            Fuzzer.Run(stream =>
            {
                using var bytes = new MemoryStream();
                stream.CopyTo(bytes);
                target.Execute(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
            });
        });
        return command;
    }

    private static Argument<string> Name()
    {
        var name = new Argument<string>("TARGET") { Description = "Which" };
        name.AcceptOnlyFromAmong([.. TargetList.All.Select(target => target.Name)]);
        return name;
    }
}
