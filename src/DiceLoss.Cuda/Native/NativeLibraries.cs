using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;

namespace DiceLoss.Cuda.Native;

/// <summary>Finds the driver's library and that of NVRTC by the names they have on each system, or where an environment variable says.</summary>
internal static class NativeLibraries
{
    /// <summary>What bindings call the driver's library.</summary>
    public const string Driver = "diceloss-cuda-driver";

    /// <summary>What bindings call NVRTC's library.</summary>
    public const string Nvrtc = "diceloss-nvrtc";

    private static readonly Lock s_lock = new();
    private static nint s_driver;
    private static nint s_nvrtc;

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(
        typeof(NativeLibraries).Assembly, static (name, _, _) => TryLoad(name, out nint library, out _) ? library : 0);

    /// <summary>Loads a library, once.</summary>
    /// <param name="name">One of the two names above.</param>
    /// <param name="library">Its handle.</param>
    /// <param name="tried">Where it was looked for in vain; <see langword="null"/> if it was found.</param>
    /// <returns>Whether it was found.</returns>
    public static bool TryLoad(string name, out nint library, [NotNullWhen(false)] out string? tried)
    {
        lock (s_lock)
        {
            tried = null;
            switch (name)
            {
                case Driver:
                    if (s_driver == 0) s_driver = Load("DICELOSS_CUDA", OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1"], out tried);
                    library = s_driver;
                    return library != 0;
                case Nvrtc:
                    // Newest first. No other names exist: the version is part of them.
                    string[] names = OperatingSystem.IsWindows()
                        ? ["nvrtc64_130_0.dll", "nvrtc64_120_0.dll", "nvrtc64_112_0.dll"]
                        : ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"];
                    if (s_nvrtc == 0) s_nvrtc = Load("DICELOSS_NVRTC", names, out tried);
                    library = s_nvrtc;
                    return library != 0;
                default:
                    library = 0;
                    tried = name;
                    return false;
            }
        }
    }

    /// <summary>Loads the library that an environment variable names, or the first of several.</summary>
    internal static nint Load(string variable, string[] names, out string? tried)
    {
        tried = null;
        string? chosen = Environment.GetEnvironmentVariable(variable);
        foreach (string name in string.IsNullOrEmpty(chosen) ? names : [chosen])
        {
            if (NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), searchPath: null, out nint library)) return library;
        }

        tried = string.IsNullOrEmpty(chosen) ? string.Join(", ", names) : $"{chosen} (from the environment variable {variable})";
        return 0;
    }
}
