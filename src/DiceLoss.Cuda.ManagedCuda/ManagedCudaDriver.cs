using System.Runtime.CompilerServices;
using DiceLoss.Cuda.Native;
using ManagedCuda;
using ManagedCuda.BasicTypes;
using ContextApi = ManagedCuda.DriverAPINativeMethods.ContextManagement;
using CopyApi = ManagedCuda.DriverAPINativeMethods.AsynchronousMemcpy_v2;
using DeviceApi = ManagedCuda.DriverAPINativeMethods.DeviceManagement;
using LaunchApi = ManagedCuda.DriverAPINativeMethods.Launch;
using ModuleApi = ManagedCuda.DriverAPINativeMethods.ModuleManagement;
using StreamApi = ManagedCuda.DriverAPINativeMethods.Streams;

namespace DiceLoss.Cuda;

/// <summary>The driver through ManagedCuda. Nothing is loaded before the first call.</summary>
public sealed unsafe class ManagedCudaDriver : ICudaDriver
{
    private readonly Lock _lock = new();

    // Its methods work in the context that is current, whichever that is: one will do for all devices.
    private PrimaryContext? _methods;

    /// <inheritdoc/>
    public nint CurrentContext
    {
        get
        {
            EnsureInitialized();
            var context = default(CUcontext);
            Check(ContextApi.cuCtxGetCurrent(ref context));
            return context.Pointer;
        }
        set => Check(ContextApi.cuCtxSetCurrent(new CUcontext { Pointer = value }));
    }

    /// <inheritdoc/>
    public int Attribute(int device, int attribute)
    {
        int value = 0;
        Check(DeviceApi.cuDeviceGetAttribute(ref value, (CUDeviceAttribute)attribute, Handle(device)));
        return value;
    }

    /// <inheritdoc/>
    public nint PrimaryContext(int device)
    {
        CUdevice handle = Handle(device);
        lock (_lock) _methods ??= Called("cuDevicePrimaryCtxRetain", () => new PrimaryContext(device));
        var context = default(CUcontext);
        Check(ContextApi.cuDevicePrimaryCtxRetain(ref context, handle));
        return context.Pointer;
    }

    /// <inheritdoc/>
    public nint LoadModule(ReadOnlySpan<byte> image)
    {
        byte[] bytes = image.ToArray();
        return Called("cuModuleLoadDataEx", () => _methods!.LoadModulePTX(bytes)).Pointer;
    }

    /// <inheritdoc/>
    public void UnloadModule(nint loadedModule) => Called("cuModuleUnload", () =>
    {
        _methods!.UnloadModule(new CUmodule { Pointer = loadedModule });
        return true;
    });

    /// <inheritdoc/>
    public nint GetFunction(nint loadedModule, string name)
    {
        var kernel = default(CUfunction);
        Check(ModuleApi.cuModuleGetFunction(ref kernel, new CUmodule { Pointer = loadedModule }, name));
        return kernel.Pointer;
    }

    /// <inheritdoc/>
    public void Launch(nint kernel, uint grid, uint block, nint stream, ReadOnlySpan<nint> arguments) =>
        Check(LaunchApi.cuLaunchKernel(new CUfunction { Pointer = kernel }, grid, 1, 1, block, 1, 1, 0, Stream(stream), arguments.ToArray(), null));

    /// <inheritdoc/>
    public nint Allocate(nuint bytes) => (nint)(ulong)Called("cuMemAlloc_v2", () => _methods!.AllocateMemory(new SizeT((ulong)bytes))).Pointer;

    /// <inheritdoc/>
    public void Free(nint address) => Called("cuMemFree_v2", () =>
    {
        _methods!.FreeMemory(Address(address));
        return true;
    });

    /// <inheritdoc/>
    public void CopyToHost(void* destination, nint source, nuint bytes, nint stream) =>
        Check(CopyApi.cuMemcpyDtoHAsync_v2((nint)destination, Address(source), new SizeT((ulong)bytes), Stream(stream)));

    /// <inheritdoc/>
    public void Synchronize(nint stream) => Called("cuStreamSynchronize", () =>
    {
        new CudaStream(Stream(stream), false).Synchronize(); // not its owner: it is not destroyed
        return true;
    });

    /// <inheritdoc/>
    public bool IsCapturing(nint stream)
    {
        var status = default(CUstreamCaptureStatus);
        Check(StreamApi.cuStreamIsCapturing(Stream(stream), ref status));
        return status != default; // CU_STREAM_CAPTURE_STATUS_NONE
    }

    private static CUdeviceptr Address(nint address) => new(new SizeT((ulong)address));

    private static CUstream Stream(nint stream) => new() { Pointer = stream };

    private static CUdevice Handle(int ordinal)
    {
        EnsureInitialized();
        var device = default(CUdevice);
        Check(DeviceApi.cuDeviceGet(ref device, ordinal));
        return device;
    }

    private static void EnsureInitialized()
    {
        ManagedCudaLibraries.Prepare();
        NativeDriver.EnsureInitialized();
    }

    // What ManagedCuda throws, as what DiceLoss throws.
    private static T Called<T>(string call, Func<T> function)
    {
        try
        {
            return function();
        }
        catch (global::ManagedCuda.CudaException failure)
        {
            throw NativeDriver.Failure(call, (int)failure.CudaError, failure);
        }
    }

    private static void Check(CUResult result, [CallerArgumentExpression(nameof(result))] string call = "") => NativeDriver.Check((int)result, call);
}
