using System.Runtime.Intrinsics;
using BenchmarkDotNet.Jobs;
using DiceLoss.Cpu;

namespace DiceLoss.Bench.Benchmarks;

/// <summary>A job for each register width of this machine, chosen by environment as a user would.</summary>
internal static class SimdJobs
{
    /// <summary>The jobs, widest first.</summary>
    /// <param name="length">dry, short, medium, long or default, as BenchmarkDotNet has them; <see langword="null"/> for default.</param>
    /// <exception cref="InvalidDataException">There is no such length.</exception>
    public static IEnumerable<Job> OfLength(string? length)
    {
        Job job = length?.ToUpperInvariant() switch
        {
            null or "DEFAULT" => Job.Default,
            "DRY" => Job.Dry,
            "SHORT" => Job.ShortRun,
            "MEDIUM" => Job.MediumRun,
            "LONG" => Job.LongRun,
            _ => throw new InvalidDataException($"--job is \"{length}\"; it is one of dry|short|medium|long|default."),
        };
        foreach (SimdLevel level in CpuProvider.SupportedLevels.Reverse())
        {
            string? bits = level switch
            {
                SimdLevel.Vector512 => "512",
                SimdLevel.Vector256 => "256",
                SimdLevel.Vector128 => "128",
                _ => null, // one element at a time: there to be compared with, not to be fast
            };
            if (bits is not null) yield return job.WithEnvironmentVariable("DICELOSS_SIMD", bits).WithId(level.ToString());
        }

        // The 256-bit level of a machine with AVX-512 uses its masks and its 32 registers; a machine without has neither.
        if (Vector512.IsHardwareAccelerated) yield return job.WithEnvironmentVariable("DOTNET_EnableAVX512", "0").WithId("AVX2 only");
    }
}
