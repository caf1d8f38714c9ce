using System.Diagnostics;
using DiceLoss.Cpu;
using DiceLoss.Trust.Bits;

namespace DiceLoss.Trust.Figures.SameBits;

/// <summary>The same bits at every register width, each in a process whose runtime knows no wider one.</summary>
internal sealed class SameBitsLevels : Figure
{
    private static readonly (SimdLevel Level, string Variable, string Value)[] s_levels =
    [
        (SimdLevel.Vector512, "DICELOSS_SIMD", "512"),
        (SimdLevel.Vector256, "DOTNET_EnableAVX512", "0"),
        (SimdLevel.Vector128, "DICELOSS_SIMD", "128"),
        (SimdLevel.Scalar, "DICELOSS_SIMD", "scalar"),
    ];

    public override string Name => "same-bits-levels";

    public override string Held => "1 bit pattern";

    public override string Method =>
        "the same hashes from processes with AVX-512, with AVX2 (`DOTNET_EnableAVX512=0`), with 128-bit registers, without SIMD; against one thread without SIMD";

    public override Finding Measure(Budget budget)
    {
        var supported = s_levels.Where(level => CpuProvider.SupportedLevels.Contains(level.Level)).ToList();
        foreach ((SimdLevel level, string variable, string value) in supported)
        {
            var start = new ProcessStartInfo("dotnet", HashProgram.Assembly) { Environment = { [variable] = value } };
            if (HashProgram.Check(start, $"{level} JIT") is { } wrong) return Finding.Broken(wrong);
        }

        return Finding.Held($"1 pattern for each of {BitProblems.All.Count} problems: {string.Join(", ", supported.Select(level => level.Level))}.") with
        {
            NotMeasured = [.. s_levels.Except(supported).Select(level => $"{level.Level} (this machine has none)")],
        };
    }
}
