using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace DiceLoss.Fuzz.Campaigns;

/// <summary>Runs AFL++ over a target, for a time or a number of executions.</summary>
/// <param name="program">What is fuzzed.</param>
/// <param name="folder">Where corpus and findings are kept; what is there from an earlier campaign is gone on with.</param>
internal sealed class Campaign(Instrumented program, string folder)
{
    private const string Fuzzer = "afl-fuzz";

    // In milliseconds, for one input: the first waits for its code to be compiled.
    private const int MostTime = 5000;
    private const int MostBytes = 4096;

    // Of the garbage collector, in hexadecimal: sizes that exhaust memory are to be refused, not attempted.
    private const string MostMemory = "10000000";

    private static readonly Dictionary<string, string> s_environment = new()
    {
        // A program that it did not instrument itself, on a machine that is not its own.
        ["AFL_SKIP_BIN_CHECK"] = "1",
        ["AFL_SKIP_CPUFREQ"] = "1",
        ["AFL_NO_AFFINITY"] = "1",
        ["AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"] = "1",
        ["AFL_NO_UI"] = "1",
        ["AFL_AUTORESUME"] = "1",
        ["AFL_MAP_SIZE"] = "65536",
        ["AFL_FORKSRV_INIT_TMOUT"] = "60000",
        ["DOTNET_GCHeapHardLimit"] = MostMemory,
        ["DOTNET_DbgEnableMiniDump"] = "0",
    };

    /// <summary>Why AFL++ cannot be run here; <see langword="null"/> if it can.</summary>
    public static string? Obstacle()
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(Fuzzer, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return null;
        }
        catch (Win32Exception)
        {
            return $"{Fuzzer} is not on the path (Debian's package is afl++)";
        }
    }

    /// <summary>Fuzzes a target.</summary>
    /// <param name="target">Which.</param>
    /// <param name="time">For how long; <see langword="null"/> for no limit.</param>
    /// <param name="executions">How many inputs, about; <see langword="null"/> for no limit.</param>
    public Harvest Run(Target target, TimeSpan? time, long? executions)
    {
        string home = Path.Combine(folder, target.Name), seeds = Path.Combine(home, "seeds"), log = Path.Combine(home, "log.txt");
        Directory.CreateDirectory(seeds);
        foreach ((int index, byte[] seed) in target.Seeds.Index()) File.WriteAllBytes(Path.Combine(seeds, $"seed{index}"), seed);

        var start = new ProcessStartInfo(Fuzzer) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in s_environment) start.Environment[name] = value;
        List<string> arguments = ["-i", seeds, "-o", home, "-m", "none", "-t", $"{MostTime}", "-G", $"{MostBytes}"];
        if (time is { } limit) arguments.AddRange("-V", $"{(long)Math.Ceiling(limit.TotalSeconds)}");
        if (executions is { } number) arguments.AddRange("-E", $"{number}");
        foreach (string argument in (string[])[.. arguments, "dotnet", program.Program, CommandLine.ExecuteCommand, target.Name]) start.ArgumentList.Add(argument);

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        File.WriteAllText(log, output.Result + errors.Result);
        string found = Path.Combine(home, "default"), statistics = Path.Combine(found, "fuzzer_stats");
        if (!File.Exists(statistics)) throw new InvalidOperationException($"{Fuzzer} ended with {process.ExitCode} before it began; see {log}.");
        Dictionary<string, string> facts = Facts(statistics);
        List<string> findings = [.. Inputs(found, "crashes"), .. Inputs(found, "hangs")];

        // A process that is gone without a word has met a guard page, or worse: the input is the last one.
        if (process.ExitCode != 0) findings.Add(Path.Combine(found, ".cur_input"));
        return new Harvest(target.Name, Number(facts, "execs_done"), Number(facts, "run_time"), Number(facts, "edges_found"), findings);
    }

    private static IEnumerable<string> Inputs(string found, string kind) =>
        Directory.Exists(Path.Combine(found, kind)) ? Directory.EnumerateFiles(Path.Combine(found, kind), "id*") : [];

    private static Dictionary<string, string> Facts(string statistics) => File.ReadLines(statistics)
        .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(fact => fact.Length == 2).ToDictionary(fact => fact[0], fact => fact[1]);

    private static long Number(Dictionary<string, string> facts, string name) => long.Parse(facts[name], CultureInfo.InvariantCulture);
}
