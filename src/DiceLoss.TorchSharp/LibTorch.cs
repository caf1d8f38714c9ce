using System.Runtime.InteropServices;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>The native libraries behind TorchSharp: whether they load, and the functions that TorchSharp does not offer.</summary>
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

    /// <summary>Whether a tensor was made in inference mode, or is a view of one that was: then autograd refuses to keep it.</summary>
    public static bool IsInference(Tensor tensor)
    {
        // The operator takes over the handle that it is given, and puts its answer in its place.
        int error = NewTensorHandle(tensor.Handle, out nint handle);
        ulong value = (ulong)handle;
        if (error == 0) error = CallDispatcher("aten::is_inference", "", ref value);
        GC.KeepAlive(tensor);
        return error == 0 ? (byte)value != 0 : throw new InvalidOperationException($"libtorch does not say whether a tensor was made in inference mode (error {error}).");
    }

    /// <summary>A tensor's sizes, where libtorch keeps them: for as long as the tensor lives. TorchSharp copies them, by a delegate made for each copy.</summary>
    public static unsafe ReadOnlySpan<long> Sizes(Tensor tensor) =>
        GetSizes(tensor.Handle, out long* sizes) == 0 ? new(sizes, (int)tensor.dim()) : throw new InvalidOperationException("libtorch does not say what sizes a tensor has.");

    /// <summary>A tensor's strides, likewise.</summary>
    public static unsafe ReadOnlySpan<long> Strides(Tensor tensor) =>
        GetStrides(tensor.Handle, out long* strides) == 0 ? new(strides, (int)tensor.dim()) : throw new InvalidOperationException("libtorch does not say what strides a tensor has.");

    // Of libtorch's stable C interface.
    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_get_sizes")]
    private static unsafe partial int GetSizes(nint tensor, out long* sizes);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_get_strides")]
    private static unsafe partial int GetStrides(nint tensor, out long* strides);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_new_tensor_handle")]
    private static partial int NewTensorHandle(nint tensor, out nint handle);

    [LibraryImport("torch_cpu", EntryPoint = "aoti_torch_call_dispatcher", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CallDispatcher(string name, string overload, ref ulong values);

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
