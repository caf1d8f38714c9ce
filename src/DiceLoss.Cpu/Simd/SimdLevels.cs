using System.Runtime.Intrinsics;

namespace DiceLoss.Cpu.Simd;

/// <summary>Which levels this machine runs, and which one a provider takes.</summary>
internal static class SimdLevels
{
    /// <summary>The environment variable that forces a level: 512, 256, 128 or scalar.</summary>
    public const string Variable = "DICELOSS_SIMD";

    /// <summary>The levels that this process can run in hardware, narrowest first.</summary>
    public static IReadOnlyList<SimdLevel> Supported { get; } = [.. Enum.GetValues<SimdLevel>().Where(IsSupported)];

    /// <summary>The level that is asked for, or else that the environment asks for, or else the widest.</summary>
    public static SimdLevel Choose(SimdLevel? asked)
    {
        SimdLevel level = asked ?? Parse(Environment.GetEnvironmentVariable(Variable)) ?? Supported[^1];
        return IsSupported(level) ? level : throw new PlatformNotSupportedException(
            $"{nameof(SimdLevel)}.{level} is asked for, but this machine runs {string.Join(", ", Supported)}.");
    }

    /// <summary>Reads the environment variable's value; nothing asked for gives <see langword="null"/>.</summary>
    public static SimdLevel? Parse(string? value) => value?.Trim().ToUpperInvariant() switch
    {
        null or "" => null,
        "512" => SimdLevel.Vector512,
        "256" => SimdLevel.Vector256,
        "128" => SimdLevel.Vector128,
        "SCALAR" => SimdLevel.Scalar,
        _ => throw new ArgumentException($"The environment variable {Variable} is '{value}'; it is 512, 256, 128 or scalar."),
    };

    private static bool IsSupported(SimdLevel level) => level switch
    {
        SimdLevel.Vector512 => Vector512.IsHardwareAccelerated,
        SimdLevel.Vector256 => Vector256.IsHardwareAccelerated,
        SimdLevel.Vector128 => Vector128.IsHardwareAccelerated,
        SimdLevel.Scalar => true,
        _ => false,
    };
}
