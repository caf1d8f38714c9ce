using System.Runtime.InteropServices;

namespace DiceLoss.Cuda.Runtime;

/// <summary>
/// The working memory of one stream, on the device and beside it in main memory. What the stream was given uses it in the stream's order;
/// another stream never does.
/// </summary>
/// <param name="driver">The driver.</param>
internal sealed unsafe class Workspace(ICudaDriver driver)
{
    private const nuint Step = 64 << 10;

    private nint _device;
    private nuint _deviceBytes;
    private void* _host;
    private nuint _hostBytes;

    ~Workspace() => NativeMemory.Free(_host);

    /// <summary>To be held while a pass is put into the stream, and while what it has left in main memory is read.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Device memory that belongs to the pass that is put into the stream next. Allocates only for a pass that needs more than any before it.</summary>
    /// <param name="bytes">How much.</param>
    /// <returns>Its address.</returns>
    /// <exception cref="CudaException">There is not enough, and the workspace is then empty; or what it has is not taken back. It works again with less or later.</exception>
    public nint Reserve(nuint bytes)
    {
        if (bytes <= _deviceBytes) return _device;
        Release();
        nuint rounded = (bytes + Step - 1) / Step * Step;
        _device = driver.Allocate(rounded);
        _deviceBytes = rounded;
        return _device;
    }

    /// <summary>Main memory to copy results to.</summary>
    /// <param name="bytes">How much.</param>
    /// <returns>Its address.</returns>
    public void* ReserveHost(nuint bytes)
    {
        if (bytes <= _hostBytes) return _host;
        _host = NativeMemory.Realloc(_host, bytes);
        _hostBytes = bytes;
        return _host;
    }

    /// <summary>Leaves the main memory to a copy that may still be under way: nobody has heard of its end.</summary>
    public void LeaveHost()
    {
        _host = null;
        _hostBytes = 0;
    }

    /// <summary>Gives the device memory back. The driver waits for what still uses it; the stream may be gone, and is not asked.</summary>
    /// <exception cref="CudaException">The driver failed.</exception>
    public void Release()
    {
        if (_device == 0) return;
        driver.Free(_device);
        (_device, _deviceBytes) = (0, 0);
    }
}
