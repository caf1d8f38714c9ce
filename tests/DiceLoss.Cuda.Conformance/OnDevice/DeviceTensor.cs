using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.OnDevice;

/// <summary>
/// A copy on the device of a tensor in main memory, with all that lies between its elements. It is aligned as that one is, and the memory
/// ends with its last byte: compute-sanitizer sees whoever reads on.
/// </summary>
internal sealed unsafe class DeviceTensor : IDisposable
{
    private const nint AllocationAlignment = 256;

    private readonly ICudaDriver _driver;
    private readonly ElementType _type;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly byte* _host;
    private readonly nuint _bytes;
    private readonly nint _block;
    private readonly nint _device;
    private readonly nint _address;

    /// <summary>Makes the copy; the device's context is current.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="host">The tensor; it stays in place. With address 0 there is none, and nothing is allocated.</param>
    public DeviceTensor(ICudaDriver driver, in TensorDescriptor host)
    {
        (_driver, _type, _shape, _strides) = (driver, host.ElementType, host.Shape.ToArray(), host.Strides.ToArray());
        if (host.Address == 0) return;

        (long low, long high) = Reach(host);
        _host = (byte*)host.Address + (low * _type.Size());
        _bytes = (nuint)((high - low + 1) * _type.Size());
        nint lead = (nint)_host % AllocationAlignment;
        _block = driver.Allocate((nuint)lead + Math.Max(_bytes, 1));
        _device = _block + lead;
        _address = _device - (nint)(low * _type.Size());
        CopyThere();
    }

    /// <summary>The tensor on the device; <see langword="default"/> where there is none.</summary>
    public TensorDescriptor Descriptor => _block == 0 ? default : new TensorDescriptor(_address, DiceLoss.Device.Cuda(), _type, _shape, _strides);

    /// <summary>Copies everything to the device, and waits until it is there.</summary>
    public void CopyThere()
    {
        if (_bytes == 0) return;
        DeviceApi.CopyToDevice(_device, _host, _bytes);
        _driver.Synchronize(0);
    }

    /// <summary>Copies everything back, once a stream has done what it was given.</summary>
    public void CopyBack(nint stream)
    {
        if (_bytes > 0) _driver.CopyToHost(_host, _device, _bytes, stream);
        _driver.Synchronize(stream);
    }

    public void Dispose()
    {
        if (_block != 0) _driver.Free(_block);
    }

    // The first and the last element, from the one whose indices are all 0.
    private static (long Low, long High) Reach(in TensorDescriptor tensor)
    {
        if (TensorBuffer.Product(tensor.Shape) == 0) return (0, -1);
        long low = 0, high = 0;
        for (int d = 0; d < tensor.Rank; d++)
        {
            long reach = (tensor.Shape[d] - 1) * tensor.Stride(d);
            low += Math.Min(reach, 0);
            high += Math.Max(reach, 0);
        }

        return (low, high);
    }
}
