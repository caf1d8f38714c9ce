using System.Diagnostics;
using DiceLoss.Cpu;
using DiceLoss.Testing;
using DiceLoss.Trust.Bits;

namespace DiceLoss.Trust.Figures.SameBits;

/// <summary>DiceLoss.Trust.Bits in a process of its own, and what its hashes should be.</summary>
internal static class HashProgram
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
}
