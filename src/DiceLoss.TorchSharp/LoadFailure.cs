using System.Runtime.InteropServices;

namespace DiceLoss.TorchSharp;

/// <summary>Says in one message why TorchSharp's native libraries do not load, and what to do.</summary>
internal static class LoadFailure
{
    /// <summary>Makes the exception.</summary>
    /// <param name="failure">What TorchSharp has thrown.</param>
    /// <param name="torchError">Why libtorch does not load; <see langword="null"/> if it does.</param>
    /// <param name="torchSharpError">Why TorchSharp's library on top of it does not load; <see langword="null"/> if it does.</param>
    public static DllNotFoundException Explain(Exception failure, string? torchError, string? torchSharpError)
    {
        string explanation = (torchError, torchSharpError) switch
        {
            ({ }, _) =>
                "libtorch was not found. The program needs the libtorch package of its platform beside TorchSharp: for this one, add "
                + $"<PackageReference Include=\"libtorch-cpu-{Platform()}\" Version=\"2.10.0\" /> or a TorchSharp-cuda package to its project.",
            (null, { } error) when error.Contains("GLIBCXX_", StringComparison.Ordinal) =>
                "TorchSharp's native library was built for a newer C++ runtime (GCC 13; Debian 13, Ubuntu 24.04) than this system has. Import "
                + "eng/LibTorchRepair.targets of DiceLoss's repository into the program's project, which makes it load here, or use a newer system.",
            (null, { }) => "libtorch loads, but TorchSharp's native library on top of it does not: their versions must fit (TorchSharp 0.107 needs libtorch 2.10).",
            (null, null) => "TorchSharp could not start its native libraries.",
        };
        string? systemError = torchError ?? torchSharpError;
        return new DllNotFoundException(systemError is null ? explanation : $"{explanation} The system says: {Telling(systemError)}", failure);
    }

    // .NET lists every path that it has tried; most lines only say that there is no such file. Another one is the cause.
    private static string Telling(string error)
    {
        string[] lines = error.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Skip(1).FirstOrDefault(line => !line.Contains("cannot open shared object file", StringComparison.Ordinal)) ?? lines[0];
    }

    private static string Platform()
    {
        bool isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        if (OperatingSystem.IsWindows()) return "win-x64";
        return OperatingSystem.IsMacOS() && isArm ? "osx-arm64" : "linux-x64";
    }
}
