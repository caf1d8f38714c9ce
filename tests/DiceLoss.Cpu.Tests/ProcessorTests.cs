using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Tests;

/// <summary>What is known of the processor, beside what Linux says of it.</summary>
public sealed class ProcessorTests
{
    private const string Information = "/proc/cpuinfo";

    [Fact]
    public void IsAmd_IsWhatTheSystemSays()
    {
        Assert.SkipUnless(File.Exists(Information), "Linux alone tells it in a file.");
        Assert.Equal(File.ReadLines(Information).Any(line => line.StartsWith("vendor_id", StringComparison.Ordinal) && line.EndsWith("AuthenticAMD", StringComparison.Ordinal)), Processor.IsAmd);
    }
}
