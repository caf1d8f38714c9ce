using System.Runtime.InteropServices;

namespace DiceLoss.TorchSharp;

/// <summary>Says in one message why TorchSharp's native libraries do not load, and what to do.</summary>
internal static class LoadFailure
{
    // Of TorchSharp's native library and libtorch.
    private static readonly string[] s_platforms = ["linux-x64", "osx-arm64", "win-arm64", "win-x64"];

    /// <summary>Makes the exception.</summary>
    /// <param name="failure">What TorchSharp has thrown.</param>
    /// <param name="torchError">Why libtorch does not load; <see langword="null"/> if it does.</param>
    /// <param name="torchSharpError">Why TorchSharp's library on top of it does not load; <see langword="null"/> if it does.</param>
    /// <param name="platform">What this machine is, as in the names of packages; <see langword="null"/> to find out.</param>
    public static DllNotFoundException Explain(Exception failure, string? torchError, string? torchSharpError, string? platform = null)
    {
        string explanation = (torchError, torchSharpError) switch
        {
            ({ }, _) =>
                $"libtorch was not found. The program needs the libtorch package of its platform beside TorchSharp: {Package(platform ?? Platform())}",
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

    private static string Package(string platform) => s_platforms.Contains(platform)
        ? $"for this one, add <PackageReference Include=\"libtorch-cpu-{platform}\" Version=\"2.10.0\" /> or a TorchSharp-cuda package to its project."
        : $"there is none for {platform}, only for {string.Join(", ", s_platforms)}.";

    // Not RuntimeInformation.RuntimeIdentifier, which may name a distribution.
    private static string Platform()
    {
        string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        return $"{system}-{RuntimeInformation.ProcessArchitecture}".ToLowerInvariant();
    }
}
