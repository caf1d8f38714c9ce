using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DiceLoss.Cuda.Native;

namespace DiceLoss.Cuda;

/// <summary>
/// The driver of the system: <c>libcuda.so.1</c> or <c>nvcuda.dll</c>, or the library that the environment variable <c>DICELOSS_CUDA</c>
/// names. Loaded at the first call.
/// </summary>
public sealed unsafe class NativeDriver : ICudaDriver
{
    private const int OldestVersion = 11000; // as the driver says it: 1000 times the major number plus 10 times the minor one

    private static readonly Lock s_lock = new();
    private static bool s_initialized;

    private NativeDriver()
    {
    }

    /// <summary>The driver.</summary>
    public static NativeDriver Instance { get; } = new();

    /// <inheritdoc/>
    public nint CurrentContext
    {
        get
        {
            EnsureInitialized();
            Check(DriverApi.cuCtxGetCurrent(out nint context));
            return context;
        }
        set => Check(DriverApi.cuCtxSetCurrent(value));
    }

    /// <inheritdoc/>
    public int Attribute(int device, int attribute)
    {
        Check(DriverApi.cuDeviceGetAttribute(out int value, attribute, Handle(device)));
        return value;
    }

    /// <inheritdoc/>
    public nint PrimaryContext(int device)
    {
        Check(DriverApi.cuDevicePrimaryCtxRetain(out nint context, Handle(device)));
        return context;
    }

    /// <inheritdoc/>
    public nint LoadModule(ReadOnlySpan<byte> image)
    {
        fixed (byte* bytes = image)
        {
            Check(DriverApi.cuModuleLoadData(out nint loadedModule, bytes));
            return loadedModule;
        }
    }

    /// <inheritdoc/>
    public void UnloadModule(nint loadedModule) => Check(DriverApi.cuModuleUnload(loadedModule));

    /// <inheritdoc/>
    public nint GetFunction(nint loadedModule, string name)
    {
        Check(DriverApi.cuModuleGetFunction(out nint kernel, loadedModule, name));
        return kernel;
    }

    /// <inheritdoc/>
    public void Launch(nint kernel, uint grid, uint block, nint stream, ReadOnlySpan<nint> arguments)
    {
        fixed (nint* addresses = arguments)
        {
            Check(DriverApi.cuLaunchKernel(kernel, grid, 1, 1, block, 1, 1, 0, stream, addresses, null));
        }
    }

    /// <inheritdoc/>
    public nint Allocate(nuint bytes)
    {
        Check(DriverApi.cuMemAlloc_v2(out nint address, bytes));
        return address;
    }

    /// <inheritdoc/>
    public void Free(nint address) => Check(DriverApi.cuMemFree_v2(address));

    /// <inheritdoc/>
    public void CopyToHost(void* destination, nint source, nuint bytes, nint stream) =>
        Check(DriverApi.cuMemcpyDtoHAsync_v2(destination, source, bytes, stream));

    /// <inheritdoc/>
    public void Synchronize(nint stream) => Check(DriverApi.cuStreamSynchronize(stream));

    /// <inheritdoc/>
    public bool IsCapturing(nint stream)
    {
        Check(DriverApi.cuStreamIsCapturing(stream, out int status));
        return status != 0; // CU_STREAM_CAPTURE_STATUS_NONE
    }

    private static int Handle(int ordinal)
    {
        EnsureInitialized();
        Check(DriverApi.cuDeviceGet(out int device, ordinal));
        return device;
    }

    /// <summary>Loads the driver's library and initialises it, once.</summary>
    internal static void EnsureInitialized()
    {
        if (Volatile.Read(ref s_initialized)) return;
        lock (s_lock)
        {
            if (s_initialized) return;
            if (!NativeLibraries.TryLoad(NativeLibraries.Driver, out _, out string? tried)) throw Missing(tried);
            try
            {
                Check(DriverApi.cuDriverGetVersion(out int version));
                if (version < OldestVersion) throw TooOld($"it is for CUDA {version / 1000}.{version % 1000 / 10}");
                Check(DriverApi.cuInit(0));
            }
            catch (EntryPointNotFoundException missing)
            {
                throw TooOld("a call is missing", missing);
            }

            Volatile.Write(ref s_initialized, true);
        }
    }

    internal static CudaException Missing(string tried) => new(
        "Loading the CUDA driver",
        CudaException.LibraryMissing,
        $"the system does not find {tried}",
        "Install NVIDIA's driver, in a container start it with access to the device, or name the library in the environment variable DICELOSS_CUDA; without a CUDA "
        + "device, move the tensors to main memory.");

    internal static CudaException TooOld(string what, Exception? cause = null) => new(
        "cuDriverGetVersion",
        CudaException.LibraryMissing,
        $"the driver is too old, {what}",
        "Install a driver for CUDA 11 or newer (450.36 or newer), without NVRTC one for CUDA 11.8 or newer (520 or newer).",
        null,
        cause);

    /// <summary>Throws unless a call has succeeded.</summary>
    /// <param name="result">What it has returned.</param>
    /// <param name="expression">The call as it is written.</param>
    internal static void Check(int result, [CallerArgumentExpression(nameof(result))] string expression = "")
    {
        if (result != 0) throw Failure(CallName.Of(expression), result);
    }

    /// <summary>What a failed call becomes, under the name that the driver has for its code.</summary>
    internal static CudaException Failure(string call, int code, Exception? cause = null)
    {
        string? name = DriverApi.cuGetErrorName(code, out nint text) == 0 ? Marshal.PtrToStringUTF8(text) : null;
        return new CudaException(call, code, name ?? "an unknown error", innerException: cause);
    }
}
