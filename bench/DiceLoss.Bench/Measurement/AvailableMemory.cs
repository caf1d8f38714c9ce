using System.Globalization;

namespace DiceLoss.Bench.Measurement;

/// <summary>The memory that a process can still take without pushing others out.</summary>
internal static class AvailableMemory
{
    private const string Information = "/proc/meminfo";
    private const string Field = "MemAvailable:";

    /// <summary>What is left alone: the runtime, libtorch, and what else needs memory meanwhile.</summary>
    private const long Reserve = 512L << 20;

    /// <summary>Bytes that a benchmark may plan with.</summary>
    public static long Bytes => Math.Max(0, Math.Min(OfTheSystem() ?? long.MaxValue, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) - Reserve);

    /// <summary>Ends with one message where there is not enough.</summary>
    /// <param name="bytes">How much is needed.</param>
    /// <param name="what">What for, as the beginning of a sentence.</param>
    /// <param name="less">What takes less, as a sentence.</param>
    /// <exception cref="InsufficientMemoryException">There is less.</exception>
    public static void Require(long bytes, string what, string less)
    {
        if (bytes > Bytes) throw new InsufficientMemoryException($"{what} needs {Text(bytes)} of memory, and {Text(Bytes)} are available. {less}");
    }

    /// <summary>A size as people read it.</summary>
    public static string Text(double bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1L << 30):F1} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1L << 20):F1} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1L << 10):F1} KiB"),
    };

    private static long? OfTheSystem()
    {
        string? line = File.Exists(Information)
            ? File.ReadLines(Information).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal))
            : null;
        return line is null ? null : long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }
}
