using System.Globalization;
using System.Runtime.InteropServices;

namespace BrainSegmentation.Measurement;

/// <summary>The memory of this process that is really there (resident), now and at its peak. Linux only.</summary>
internal static partial class ResidentMemory
{
    private const string Status = "/proc/self/status";
    private const string Clear = "/proc/self/clear_refs";

    /// <summary>
    /// How many bytes an action needs at its height beyond what was resident before it; null where that cannot be measured. Free memory
    /// that the allocator kept is given back first: taken again, it would not be counted.
    /// </summary>
    public static long? PeakOf(Action action)
    {
        if (!TryStart())
        {
            action();
            return null;
        }

        long before = Read("VmRSS:");
        action();
        return Math.Max(0, Read("VmHWM:") - before);
    }

    private static bool TryStart()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(Clear))
            return false;
        try
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            _ = MallocTrim(0);
            // 5 sets the peak (VmHWM) back to what is resident now; see proc(5).
            File.WriteAllText(Clear, "5");
            return true;
        }
        catch (Exception unavailable) when (unavailable is IOException or UnauthorizedAccessException or EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    private static long Read(string field)
    {
        string line = File.ReadLines(Status).First(l => l.StartsWith(field, StringComparison.Ordinal));
        string kibibytes = line[field.Length..].Replace("kB", "", StringComparison.Ordinal);
        return long.Parse(kibibytes, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>glibc: gives free memory back to the system.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint keep);
}
