using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;

namespace DiceLoss.Cuda.Native;

/// <summary>Loads the driver's library and that of NVRTC, once: those that environment variables name, or that the system has.</summary>
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
                    if (s_driver == 0) s_driver = Load("DICELOSS_CUDA", OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1"], out _, out tried);
                    library = s_driver;
                    return library != 0;
                case Nvrtc:
                    if (s_nvrtc == 0) s_nvrtc = NvrtcLibrary.Load(out tried);
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
    /// <param name="variable">The variable.</param>
    /// <param name="names">The names, or paths, none of which is tried where the variable is set.</param>
    /// <param name="found">The one that was found.</param>
    /// <param name="tried">Those that were tried, if none was.</param>
    /// <returns>Its handle; 0 if there is none.</returns>
    internal static nint Load(string variable, IEnumerable<string> names, out string? found, out string? tried)
    {
        string? chosen = Environment.GetEnvironmentVariable(variable);
        List<string> inVain = [];
        tried = null;
        foreach (string name in string.IsNullOrEmpty(chosen) ? names : [chosen])
        {
            found = name;
            if (NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), searchPath: null, out nint library)) return library;
            inVain.Add(name);
        }

        found = null;
        tried = string.Join(", ", inVain) + (string.IsNullOrEmpty(chosen) ? "" : $" (from the environment variable {variable})");
        return 0;
    }
}
