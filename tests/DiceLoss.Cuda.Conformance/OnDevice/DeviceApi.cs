using System.Runtime.InteropServices;
using DiceLoss.Cuda.Native;

namespace DiceLoss.Cuda.Conformance.OnDevice;

/// <summary>What the checks ask of the driver beyond what the provider does.</summary>
internal static unsafe partial class DeviceApi
{
    private const string Library = NativeLibraries.Driver;
    private const int NonBlocking = 1; // CU_STREAM_NON_BLOCKING: it does not wait for the default stream
    private const int Relaxed = 2; // CU_STREAM_CAPTURE_MODE_RELAXED: other streams go on as ever

    static DeviceApi() => NativeLibrary.SetDllImportResolver(
        typeof(DeviceApi).Assembly, static (name, _, _) => NativeLibraries.TryLoad(name, out nint library, out _) ? library : 0);

    /// <summary>The name of the first device.</summary>
    public static string DeviceName()
    {
        byte* name = stackalloc byte[256];
        NativeDriver.Check(cuDeviceGetName(name, 256, 0));
        return Marshal.PtrToStringUTF8((nint)name)!;
    }

    /// <summary>Device memory that nobody has, in bytes.</summary>
    public static nuint FreeMemory()
    {
        NativeDriver.Check(cuMemGetInfo_v2(out nuint free, out _));
        return free;
    }

    /// <summary>Makes a stream.</summary>
    public static nint CreateStream()
    {
        NativeDriver.Check(cuStreamCreate(out nint stream, NonBlocking));
        return stream;
    }

    /// <summary>Gives a stream back.</summary>
    public static void DestroyStream(nint stream) => NativeDriver.Check(cuStreamDestroy_v2(stream));

    /// <summary>What a stream is given goes into a graph from now on.</summary>
    public static void BeginCapture(nint stream) => NativeDriver.Check(cuStreamBeginCapture_v2(stream, Relaxed));

    /// <summary>Ends that, and throws the graph away.</summary>
    /// <exception cref="CudaException">The stream is not being captured, or the capture has failed.</exception>
    public static void EndCapture(nint stream)
    {
        NativeDriver.Check(cuStreamEndCapture(stream, out nint graph));
        NativeDriver.Check(cuGraphDestroy(graph));
    }

    /// <summary>Copies to the device, in the order of the default stream.</summary>
    /// <param name="destination">Device memory.</param>
    /// <param name="source">Main memory; it must stay as it is until the stream has come to its copy.</param>
    /// <param name="bytes">How much.</param>
    public static void CopyToDevice(nint destination, void* source, nuint bytes) => NativeDriver.Check(cuMemcpyHtoDAsync_v2(destination, source, bytes, 0));

    /// <summary>Copies within the device, in the order of the default stream.</summary>
    public static void Copy(nint destination, nint source, nuint bytes) => NativeDriver.Check(cuMemcpyDtoDAsync_v2(destination, source, bytes, 0));

    [LibraryImport(Library)]
    private static partial int cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    private static partial int cuMemGetInfo_v2(out nuint free, out nuint total);

    [LibraryImport(Library)]
    private static partial int cuStreamCreate(out nint stream, uint flags);

    [LibraryImport(Library)]
    private static partial int cuStreamDestroy_v2(nint stream);

    [LibraryImport(Library)]
    private static partial int cuStreamBeginCapture_v2(nint stream, int mode);

    [LibraryImport(Library)]
    private static partial int cuStreamEndCapture(nint stream, out nint graph);

    [LibraryImport(Library)]
    private static partial int cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    private static partial int cuMemcpyHtoDAsync_v2(nint destination, void* source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial int cuMemcpyDtoDAsync_v2(nint destination, nint source, nuint bytes, nint stream);
}
