namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// How the voxels of one sample and channel lie in memory: lengths and strides of the spatial dimensions, those that follow each other
/// without a gap taken as one. Most tensors come down to a single dimension.
/// </summary>
internal sealed class SpatialLayout
{
    private long[] _lengths = [];
    private long[] _strides = [];
    private int _rank;

    /// <summary>Whether voxels that follow each other lie next to each other.</summary>
    public bool IsContiguous => Distance == 1;

    /// <summary>Elements from each voxel to the next; 0 where that differs.</summary>
    public long Distance => _rank == 1 ? _strides[0] : 0;

    /// <summary>Takes over the layout of a tensor.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="firstDimension">Its first spatial dimension.</param>
    public void Read(in TensorDescriptor tensor, int firstDimension)
    {
        if (_lengths.Length < tensor.Rank) (_lengths, _strides) = (new long[tensor.Rank], new long[tensor.Rank]);
        _rank = 0;
        for (int d = firstDimension; d < tensor.Rank; d++)
        {
            (long length, long stride) = (tensor.Shape[d], tensor.Stride(d));
            if (length == 1) continue;
            bool continues = _rank > 0 && _strides[_rank - 1] == length * stride;
            if (continues) length *= _lengths[--_rank];
            (_lengths[_rank], _strides[_rank]) = (length, stride);
            _rank++;
        }

        if (_rank > 0) return;
        (_lengths[0], _strides[0], _rank) = (1, 1, 1);
    }

    /// <summary>Where a voxel lies.</summary>
    /// <param name="voxel">Its row-major position.</param>
    /// <param name="run">How many voxels from it on lie at equal distances.</param>
    /// <param name="stride">That distance, in elements.</param>
    /// <returns>Elements from voxel 0.</returns>
    public long Locate(long voxel, out long run, out long stride)
    {
        long offset = 0;
        run = 0;
        for (int d = _rank - 1; d >= 0; d--)
        {
            (voxel, long index) = Math.DivRem(voxel, _lengths[d]);
            offset += index * _strides[d];
            if (d == _rank - 1) run = _lengths[d] - index;
        }

        stride = _strides[_rank - 1];
        return offset;
    }
}
