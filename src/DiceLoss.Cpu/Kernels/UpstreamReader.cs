namespace DiceLoss.Cpu.Kernels;

/// <summary>Reads the factor of the gradient where it lies: a scalar, one per sample, or one per sample and class.</summary>
internal readonly unsafe struct UpstreamReader
{
    private readonly byte* _address;
    private readonly NumberReader? _numbers;
    private readonly int _size;
    private readonly long _sampleStride;
    private readonly long _classStride;

    public UpstreamReader(in TensorDescriptor upstream)
    {
        _address = (byte*)upstream.Address;
        if (_address is null) return;
        _numbers = NumberReader.For(upstream.ElementType, sizeof(double));
        _size = upstream.ElementType.Size();
        _sampleStride = upstream.Rank > 0 ? upstream.Stride(0) : 0;
        _classStride = upstream.Rank > 1 ? upstream.Stride(1) : 0;
    }

    /// <summary>The factor of a sample and class; 1 where none is given.</summary>
    public double Factor(long sample, int k) =>
        _numbers is null ? 1 : _numbers.Number(_address + (((sample * _sampleStride) + (k * _classStride)) * _size), 0);
}
