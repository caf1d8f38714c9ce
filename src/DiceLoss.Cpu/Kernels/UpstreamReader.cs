namespace DiceLoss.Cpu.Kernels;

/// <summary>Reads the factor of the gradient where it lies: a scalar, one per sample, or one per sample and class.</summary>
internal readonly unsafe struct UpstreamReader
{
    private readonly byte* _address;
    private readonly ElementType _type;
    private readonly long _sampleStride;
    private readonly long _classStride;

    public UpstreamReader(in TensorDescriptor upstream)
    {
        _address = (byte*)upstream.Address;
        _type = upstream.ElementType;
        _sampleStride = upstream.Rank > 0 ? upstream.Stride(0) : 0;
        _classStride = upstream.Rank > 1 ? upstream.Stride(1) : 0;
    }

    /// <summary>The factor of a sample and class; 1 where none is given.</summary>
    public double Factor(long sample, int k)
    {
        if (_address is null) return 1;
        byte* element = _address + (((sample * _sampleStride) + (k * _classStride)) * _type.Size());
        return _type switch
        {
            ElementType.Float32 => *(float*)element,
            ElementType.Float64 => *(double*)element,
            ElementType.Float16 => (double)*(Half*)element,
            _ => ((BFloat16*)element)->ToSingle(),
        };
    }
}
