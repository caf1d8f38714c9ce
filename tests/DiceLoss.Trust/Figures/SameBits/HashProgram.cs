using System.Diagnostics;
using System.Text.RegularExpressions;
using DiceLoss.Cpu;
using DiceLoss.Testing;
using DiceLoss.Trust.Bits;

namespace DiceLoss.Trust.Figures.SameBits;

/// <summary>DiceLoss.Trust.Bits in a process of its own, and what its hashes should be.</summary>
internal static partial class HashProgram
{
    private static readonly Lazy<string[]> s_expected = new(() =>
    {
        var plainest = new CpuProvider(new CpuOptions { SimdLevel = SimdLevel.Scalar, MaxThreads = 1 });
        return [.. BitProblems.All.Select(what =>
        {
            using var problem = new BitProblem(what);
            return problem.Hashes(plainest);
        })];
    });

    /// <summary>The hashes of one thread without SIMD, in this process.</summary>
    public static string[] Expected => s_expected.Value;

    /// <summary>Its assembly, beside this one.</summary>
    public static string Assembly => typeof(BitProblem).Assembly.Location;

    /// <summary>Runs the program and compares its hashes with those of one thread without SIMD.</summary>
    /// <param name="start">How it is started.</param>
    /// <param name="computes">What it has to say that computes.</param>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public static string? Check(ProcessStartInfo start, string computes)
    {
        ChildOutcome outcome = ChildProcess.OutcomeAsync(start).GetAwaiter().GetResult();
        return outcome.ExitCode == 0
            ? Difference(outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), computes, Expected)
            : $"{computes} ended with {outcome.ExitCode}: {outcome.Message}";
    }

    /// <summary>What is wrong with the lines of the program, or <see langword="null"/>.</summary>
    public static string? Difference(string[] lines, string computes, string[] expected)
    {
        if (lines.Length == 0 || lines[0] != computes) return $"{computes} was asked for, and the program says: {lines.FirstOrDefault("nothing")}";
        if (lines.Length != expected.Length + 1) return $"{computes} gave {lines.Length - 1} hashes for {expected.Length} problems.";
        int first = Enumerable.Range(0, expected.Length).FirstOrDefault(i => lines[i + 1] != expected[i], -1);
        return first < 0 ? null : $"{computes}: problem {first} has other bits, {lines[first + 1]}, not {expected[first]}. {BitProblems.All[first]}";
    }

    /// <summary>Publishes the program, apart from everything else, so that nobody's files change.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="arguments">For what machine, and how it is compiled.</param>
    /// <returns>Why it could not be done, or <see langword="null"/>.</returns>
    public static string? Publish(string folder, params string[] arguments)
    {
        if (Project() is not { } project) return "the sources are not there";
        ChildOutcome outcome = ChildProcess.OutcomeAsync(new ProcessStartInfo("dotnet",
        [
            "publish", project, "--configuration", "Release", "--artifacts-path", folder, "--output", Path.GetDirectoryName(Published(folder))!, .. arguments,
        ])).GetAwaiter().GetResult();
        if (outcome.ExitCode == 0) return null;
        Match error = FirstError().Match(outcome.Output);
        return $"publishing ended with {outcome.ExitCode}{(error.Success ? $", {error.Value}" : "")}";
    }

    /// <summary>The program that was published to a folder.</summary>
    public static string Published(string folder) => Path.Combine(folder, "program", "DiceLoss.Trust.Bits");

    private static string? Project()
    {
        const string Name = "tests/DiceLoss.Trust.Bits/DiceLoss.Trust.Bits.csproj";
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string project = Path.Combine(folder.FullName, Name);
            if (File.Exists(project)) return project;
        }

        return null;
    }

    // Its code alone: the text names files of this machine.
    [GeneratedRegex(@"error [A-Z]+\d+")]
    private static partial Regex FirstError();
}
