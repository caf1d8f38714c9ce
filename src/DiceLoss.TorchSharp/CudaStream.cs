using System.Runtime.InteropServices;

namespace DiceLoss.TorchSharp;

/// <summary>The stream that libtorch works on.</summary>
internal static partial class CudaStream
{
    /// <summary>The current stream of this thread for a device; 0 for devices without streams. Ask again in every pass.</summary>
    public static nint Current(Device device)
    {
        if (device.Kind != DeviceKind.Cuda) return 0;
        int error = CurrentCudaStream(device.Index, out nint stream);
        return error == 0 ? stream : throw new InvalidOperationException($"libtorch does not name its current stream on {device} (error {error}).");
    }

    // Of libtorch's stable C interface, in the library that only builds with CUDA have.
    [LibraryImport("torch_cuda", EntryPoint = "aoti_torch_get_current_cuda_stream")]
    private static partial int CurrentCudaStream(int device, out nint stream);
}
