using System.Runtime.Loader;
using DiceLoss.Cuda.Native;

namespace DiceLoss.Cuda;

/// <summary>Finds the libraries that ManagedCuda asks for by names without a version.</summary>
internal static class ManagedCudaLibraries
{
    static ManagedCudaLibraries() => AssemblyLoadContext.Default.ResolvingUnmanagedDll += static (_, name) => Resolve(Path.GetFileName(name));

    /// <summary>Makes sure that they are found.</summary>
    public static void Prepare()
    {
        // The static constructor has done it.
    }

    private static nint Resolve(string name)
    {
        string? known = name.StartsWith("libcuda", StringComparison.Ordinal) || name.StartsWith("nvcuda", StringComparison.Ordinal) ? NativeLibraries.Driver
            : name.StartsWith("libnvrtc", StringComparison.Ordinal) || name.StartsWith("nvrtc", StringComparison.Ordinal) ? NativeLibraries.Nvrtc
            : null;
        return known is not null && NativeLibraries.TryLoad(known, out nint library, out _) ? library : 0;
    }
}
