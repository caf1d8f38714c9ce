using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.RegularExpressions;
using DiceLoss.Cpu;
using DiceLoss.Testing;
using DiceLoss.Trust.Bits;

namespace DiceLoss.Trust.Figures.SameBits;

/// <summary>The same bits from programs that were compiled ahead of time, for processors with AVX2 and with AVX-512.</summary>
internal sealed partial class SameBitsNativeAot : Figure
{
    private static readonly (string InstructionSet, SimdLevel Level)[] s_programs =
        [("x86-64-v3", SimdLevel.Vector256), ("x86-64-v4", SimdLevel.Vector512)];

    public override string Name => "same-bits-native-aot";

    public override string Held => "1 bit pattern";

    public override string Method => "the same hashes from Native AOT programs for x86-64-v3 and x86-64-v4";

    public override Finding Measure(Budget budget)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return Finding.Skipped("The instruction sets are those of x86-64.");
        if (!Vector256.IsHardwareAccelerated) return Finding.Skipped("This machine has no AVX2.");
        if (budget.IsShort) return Finding.Skipped("Two programs with all kernels take minutes to compile: on demand, with --budget.");

        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            List<string> same = [], notMeasured = [];
            foreach ((string instructionSet, SimdLevel level) in s_programs)
            {
                string? reason = !CpuProvider.SupportedLevels.Contains(level) ? $"this machine has no {level}"
                    : budget.IsSpent ? budget.Reason
                    : Publish(instructionSet, Path.Combine(folder.FullName, instructionSet));
                if (reason is not null)
                {
                    notMeasured.Add($"{instructionSet} ({reason})");
                    continue;
                }

                string program = Path.Combine(folder.FullName, instructionSet, "program", "DiceLoss.Trust.Bits");
                if (HashProgram.Check(new ProcessStartInfo(program), $"{level} AOT") is { } wrong) return Finding.Broken(wrong);
                same.Add(instructionSet);
            }

            return same.Count == 0
                ? Finding.Skipped(string.Join("; ", notMeasured) + ".")
                : Finding.Held($"1 pattern for each of {BitProblems.All.Count} problems: {string.Join(", ", same)}.") with { NotMeasured = notMeasured };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Built apart from everything else, so that nobody's files change. Returns why it could not be done.
    private static string? Publish(string instructionSet, string folder)
    {
        if (Project() is not { } project) return "the sources are not there";
        ChildOutcome outcome = ChildProcess.OutcomeAsync(new ProcessStartInfo("dotnet",
        [
            "publish", project, "--configuration", "Release", "--use-current-runtime", "--artifacts-path", folder, "--output", Path.Combine(folder, "program"),
            "-p:NativeAot=true", $"-p:IlcInstructionSet={instructionSet}",
        ])).GetAwaiter().GetResult();
        if (outcome.ExitCode == 0) return null;
        Match error = FirstError().Match(outcome.Output);
        return $"publishing ended with {outcome.ExitCode}{(error.Success ? $", {error.Value}" : "")}";
    }

    private static string? Project()
    {
        const string File = "tests/DiceLoss.Trust.Bits/DiceLoss.Trust.Bits.csproj";
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string project = Path.Combine(folder.FullName, File);
            if (System.IO.File.Exists(project)) return project;
        }

        return null;
    }

    // Its code alone: the text names files of this machine.
    [GeneratedRegex(@"error [A-Z]+\d+")]
    private static partial Regex FirstError();
}
