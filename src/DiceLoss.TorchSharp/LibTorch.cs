using System.Runtime.InteropServices;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>The native libraries behind TorchSharp: whether they load, and the one function that TorchSharp does not offer.</summary>
internal static partial class LibTorch
{
    /// <summary>Loads the native libraries, or says plainly why that fails.</summary>
    /// <exception cref="DllNotFoundException">They do not load.</exception>
    public static void EnsureLoaded()
    {
        try
        {
            _ = is_grad_enabled(); // whatever is called first makes TorchSharp load them
        }
        catch (Exception failure) when (failure is NotSupportedException or TypeInitializationException or DllNotFoundException)
        {
            throw LoadFailure.Explain(failure, LoadError("torch_cpu"), LoadError("LibTorchSharp"));
        }
    }

    /// <summary>The address of a tensor's first element, whatever its type, size and strides.</summary>
    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    public static partial nint DataPointer(nint tensor);

    // The system's own words, which TorchSharp's message lacks.
    private static string? LoadError(string library)
    {
        try
        {
            NativeLibrary.Load(library, typeof(global::TorchSharp.torch).Assembly, searchPath: null);
            return null;
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            return failure.Message;
        }
    }
}
