using System.Runtime.InteropServices;

namespace BrainSegmentation.Training;

/// <summary>How libtorch's threads wait for work.</summary>
internal static partial class OpenMpThreads
{
    /// <summary>
    /// Lets them sleep, unless the user has said otherwise. By default they spin, which makes a step ten times slower as soon as
    /// another process wants one of the processors. To be called before libtorch is loaded: it reads the variable once.
    /// </summary>
    public static void SleepWhileWaiting()
    {
        // .NET keeps the environment it sets to itself; native libraries see that of the C library.
        if (OperatingSystem.IsLinux())
            _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
