using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.OnDevice;

/// <summary>A tensor on the device each of whose rows repeats that of a small one in main memory.</summary>
internal sealed unsafe class RepeatedTensor : IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly ElementType _type;
    private readonly long[] _shape;
    private readonly nuint _bytesOfPart;
    private readonly nuint _bytesOfRow;
    private readonly nint _address;

    /// <summary>Makes the tensor; the device's context is current.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="part">What is repeated along its last dimension; contiguous.</param>
    /// <param name="times">How often.</param>
    public RepeatedTensor(ICudaDriver driver, TensorBuffer part, long times)
    {
        (_driver, _type, _shape) = (driver, part.Type, [.. part.Shape[..^1], part.Shape[^1] * times]);
        _bytesOfPart = (nuint)(part.Shape[^1] * _type.Size());
        _bytesOfRow = _bytesOfPart * (nuint)times;
        _address = driver.Allocate((nuint)Rows * _bytesOfRow);
        for (long row = 0; row < Rows; row++)
        {
            nint first = RowOf(row);
            DeviceApi.CopyToDevice(first, (byte*)part.Address + ((nuint)row * _bytesOfPart), _bytesOfPart);
            for (nuint there = _bytesOfPart; there < _bytesOfRow; there *= 2) DeviceApi.Copy(first + (nint)there, first, nuint.Min(there, _bytesOfRow - there));
        }

        driver.Synchronize(0);
    }

    public TensorDescriptor Descriptor => new(_address, Device.Cuda(), _type, _shape);

    private long Rows => TensorBuffer.Product(_shape.AsSpan(..^1));

    /// <summary>Reads one of the repetitions, of every row.</summary>
    /// <param name="time">Which one.</param>
    /// <param name="part">Where to.</param>
    public void Read(long time, TensorBuffer part)
    {
        for (long row = 0; row < Rows; row++)
        {
            _driver.CopyToHost((byte*)part.Address + ((nuint)row * _bytesOfPart), RowOf(row) + (nint)((nuint)time * _bytesOfPart), _bytesOfPart, 0);
        }

        _driver.Synchronize(0);
    }

    /// <summary>Writes the last byte of all.</summary>
    public void WriteLastByte(byte value)
    {
        DeviceApi.CopyToDevice(RowOf(Rows) - 1, &value, 1);
        _driver.Synchronize(0);
    }

    public void Dispose() => _driver.Free(_address);

    private nint RowOf(long row) => _address + (nint)((nuint)row * _bytesOfRow);
}
