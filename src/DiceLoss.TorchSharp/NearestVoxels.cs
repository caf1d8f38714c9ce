using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>Labels, maps and voxel weights at the resolution of a coarser output: the nearest voxel of each, as <see cref="DeepSupervision"/> defines it.</summary>
internal static class NearestVoxels
{
    /// <summary>Resizes the last dimensions of a tensor.</summary>
    /// <param name="tensor">(N, *spatial) or (N, C, *spatial), any strides and type.</param>
    /// <param name="spatialShape">What the last dimensions become, 1 or more each where they change.</param>
    /// <returns>
    /// A handle of the caller's own: a view where every ratio is a whole number, which shares memory and version with the tensor;
    /// otherwise a copy of the voxels that are left.
    /// </returns>
    public static Tensor Of(Tensor tensor, ReadOnlySpan<long> spatialShape)
    {
        long[] shape = tensor.shape, strides = tensor.stride();
        int leading = shape.Length - spatialShape.Length;
        long offset = tensor.storage_offset();
        for (int d = 0; d < spatialShape.Length; d++)
        {
            if (!DeepSupervision.TryGetStep(shape[leading + d], spatialShape[d], out long first, out long step)) return Copy(tensor, spatialShape);
            offset += first * strides[leading + d];
            strides[leading + d] *= step;
            shape[leading + d] = spatialShape[d];
        }

        return tensor.as_strided(shape, strides, offset);
    }

    // All dimensions at once, so that nothing in between is larger than the result.
    private static Tensor Copy(Tensor tensor, ReadOnlySpan<long> spatialShape)
    {
        using var scope = NewDisposeScope();
        long[] shape = tensor.shape;
        int leading = shape.Length - spatialShape.Length;
        TensorIndex[] chosen = new TensorIndex[shape.Length];
        Array.Fill(chosen, TensorIndex.Colon, 0, leading);
        Tensor[] indices = new Tensor[spatialShape.Length];
        for (int d = 0; d < indices.Length; d++)
        {
            // Along its own dimension, and the same along the others.
            long[] nearest = new long[spatialShape[d]], along = new long[indices.Length];
            for (int i = 0; i < nearest.Length; i++) nearest[i] = DeepSupervision.NearestIndex(i, shape[leading + d], nearest.Length);
            Array.Fill(along, 1);
            along[d] = nearest.Length;
            indices[d] = Positions(nearest, tensor).reshape(along);
            chosen[leading + d] = TensorIndex.Tensor(indices[d]);
        }

        Tensor copy = tensor.index(chosen);
        GC.KeepAlive(indices);
        return copy.MoveToOuterDisposeScope();
    }

    private static Tensor Positions(long[] values, Tensor of) => tensor(values, device: of.device);
}
