using System.Runtime.InteropServices;
using DiceLoss.Cpu;

namespace DiceLoss.Bench;

/// <summary>What the figures were measured on, in a line.</summary>
internal static class Machine
{
    private const string Information = "/proc/cpuinfo";

    public static string Describe() =>
        $"{Processor()}, {Environment.ProcessorCount} threads, {CpuProvider.Shared.SimdLevel}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}";

    // Names are not enough: those of virtual machines are the same for several generations.
    private static string Processor() => Field("model name") is { } name
        ? $"{name} (family {Field("cpu family")}, model {Field("model")})"
        : RuntimeInformation.ProcessArchitecture.ToString();

    // Of the first processor.
    private static string? Field(string name) => !File.Exists(Information)
        ? null
        : File.ReadLines(Information).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).FirstOrDefault(field => field[0] == name)?[^1];
}
