using System.Diagnostics;
using DiceLoss.Cpu;
using DiceLoss.Trust.Bits;

namespace DiceLoss.Trust.Figures.SameBits;

/// <summary>The same bits from a program for ARM64, which something has to run that is not part of this repository.</summary>
internal sealed class SameBitsArm64 : Figure
{
    private const string Variable = "DICELOSS_ARM64";

    public override string Name => "same-bits-arm64";

    public override string Held => "1 bit pattern";

    public override string Method => $"the same hashes from a program for Linux on ARM64 (NEON), run by the command in `{Variable}`, such as QEMU's emulation";

    public override Finding Measure(Budget budget)
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [string command, .. string[] arguments])
        {
            return Finding.Skipped($"{Variable} names no command that runs programs for Linux on ARM64.");
        }

        if (budget.IsShort) return Finding.Skipped("To publish and to emulate takes minutes: on demand, with --budget.");

        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            if (HashProgram.Publish(folder.FullName, "--runtime", "linux-arm64", "--self-contained") is { } reason) return Finding.Skipped($"Not published: {reason}.");

            // Such a system has the libraries of C and C++, and none of languages.
            var start = new ProcessStartInfo(command, [.. arguments, HashProgram.Published(folder.FullName)])
            {
                Environment = { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1" },
            };
            return HashProgram.Check(start, $"{SimdLevel.Vector128} JIT") is { } wrong
                ? Finding.Broken(wrong)
                : Finding.Held($"1 pattern for each of {BitProblems.All.Count} problems: ARM64, {SimdLevel.Vector128}.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
