using System.Runtime.Loader;
using DiceLoss.Cuda.Native;
using ManagedCuda;
using ManagedCuda.NVRTC;

namespace DiceLoss.Cuda;

/// <summary>Finds the libraries that ManagedCuda asks for by names without a version.</summary>
internal static class ManagedCudaLibraries
{
    // The context that an assembly was loaded into is asked for what it does not find.
    static ManagedCudaLibraries()
    {
        foreach (AssemblyLoadContext context in new[] { typeof(CudaContext), typeof(CudaRuntimeCompiler) }.Select(type => AssemblyLoadContext.GetLoadContext(type.Assembly)!).Distinct())
        {
            context.ResolvingUnmanagedDll += static (_, name) => Resolve(name);
        }
    }

    /// <summary>Makes sure that they are found.</summary>
    public static void Prepare()
    {
        // The static constructor has done it.
    }

    private static nint Resolve(string name)
    {
        string? known = name is "libcuda" or "nvcuda" ? NativeLibraries.Driver
            : name == "nvrtc" || name.StartsWith("nvrtc64_", StringComparison.Ordinal) ? NativeLibraries.Nvrtc
            : null;
        return known is not null && NativeLibraries.TryLoad(known, out nint library, out _) ? library : 0;
    }
}
