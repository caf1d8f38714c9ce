using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DiceLoss.Cpu;
using DiceLoss.Trust.Bits;

namespace DiceLoss.Trust.Figures.SameBits;

/// <summary>The same bits from programs that were compiled ahead of time, for processors with AVX2 and with AVX-512.</summary>
internal sealed class SameBitsNativeAot : Figure
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
                    : HashProgram.Publish(Path.Combine(folder.FullName, instructionSet), "--use-current-runtime", "-p:NativeAot=true", $"-p:IlcInstructionSet={instructionSet}");
                if (reason is not null)
                {
                    notMeasured.Add($"{instructionSet} ({reason})");
                    continue;
                }

                string program = HashProgram.Published(Path.Combine(folder.FullName, instructionSet));
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
}
