namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// How the voxels of one sample and channel lie in memory: lengths and strides of the spatial dimensions, those that follow each other
/// without a gap taken as one. Most tensors come down to a single dimension.
/// </summary>
internal sealed class SpatialLayout
{
    private readonly long[] _lengths;
    private readonly long[] _strides;

    /// <param name="tensor">A tensor.</param>
    /// <param name="firstDimension">Its first spatial dimension.</param>
    public SpatialLayout(in TensorDescriptor tensor, int firstDimension)
    {
        List<long> lengths = [], strides = [];
        for (int d = firstDimension; d < tensor.Rank; d++)
        {
            (long length, long stride) = (tensor.Shape[d], tensor.Stride(d));
            if (length == 1) continue;
            if (strides.Count > 0 && strides[^1] == length * stride)
            {
                lengths[^1] *= length;
                strides[^1] = stride;
            }
            else
            {
                lengths.Add(length);
                strides.Add(stride);
            }
        }

        if (lengths.Count == 0)
        {
            lengths.Add(1);
            strides.Add(1);
        }

        (_lengths, _strides) = ([.. lengths], [.. strides]);
    }

    /// <summary>Whether voxels that follow each other lie next to each other.</summary>
    public bool IsContiguous => _lengths.Length == 1 && _strides[0] == 1;

    /// <summary>Where a voxel lies.</summary>
    /// <param name="voxel">Its row-major position.</param>
    /// <param name="run">How many voxels from it on lie at equal distances.</param>
    /// <param name="stride">That distance, in elements.</param>
    /// <returns>Elements from voxel 0.</returns>
    public long Locate(long voxel, out long run, out long stride)
    {
        long offset = 0;
        run = 0;
        for (int d = _lengths.Length - 1; d >= 0; d--)
        {
            (voxel, long index) = Math.DivRem(voxel, _lengths[d]);
            offset += index * _strides[d];
            if (d == _lengths.Length - 1) run = _lengths[d] - index;
        }

        stride = _strides[^1];
        return offset;
    }
}
