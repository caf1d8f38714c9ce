using DiceLoss.Cpu;
using Xunit;

namespace DiceLoss.Trust.Figures.Guarded;

/// <summary>What a child process is told that its processor can do: less than it really can, down to nothing.</summary>
/// <param name="Level">The level that a provider then chooses.</param>
/// <param name="Environment">The runtime's switches for that.</param>
internal sealed record InstructionSet(SimdLevel Level, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>One for each level, widest first.</summary>
    public static IReadOnlyList<InstructionSet> All { get; } =
    [
        new(SimdLevel.Vector512, With()),
        new(SimdLevel.Vector256, With("DOTNET_EnableAVX512")),
        new(SimdLevel.Vector128, With("DOTNET_EnableAVX512", "DOTNET_EnableAVX2")),
        new(SimdLevel.Scalar, With("DOTNET_EnableHWIntrinsic")),
    ];

    /// <summary>Whether this machine can do as much.</summary>
    public bool IsSupported => CpuProvider.SupportedLevels.Contains(Level);

    /// <summary>In the child process: fails if the switches have not had their effect.</summary>
    public static void AssertChosen(string level) => Assert.Equal(level, CpuProvider.Shared.SimdLevel.ToString());

    // What the caller's environment may force does not count here.
    private static Dictionary<string, string> With(params string[] off) =>
        new(off.Select(name => KeyValuePair.Create(name, "0"))) { ["DICELOSS_SIMD"] = "" };
}
