using DiceLoss.Checks;

namespace DiceLoss;

/// <summary>
/// Deep supervision: a network's coarser outputs are compared with the same targets, resized to each output by taking the nearest voxel.
/// The weights of the levels are <see cref="LevelWeights"/>.
/// </summary>
/// <remarks>
/// Nearest as in PyTorch's <c>nearest-exact</c> and scikit-image: voxel i of a resized dimension is voxel floor((i + 1/2) in / out) of the
/// original, the one under the centre of i. It is computed in integers, without rounding; PyTorch multiplies by a scale in float32, which
/// may resolve exact ties one voxel lower.
/// </remarks>
public static class DeepSupervision
{
    /// <summary>Finds the original voxel that a voxel of a resized dimension is taken from.</summary>
    /// <param name="index">The voxel of the resized dimension, from 0.</param>
    /// <param name="length">How many voxels the original dimension has; 1 or more.</param>
    /// <param name="resizedLength">How many voxels the resized dimension has; 1 or more.</param>
    /// <returns>floor((index + 1/2) length / resizedLength), from 0 to length - 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A length is not positive, or the resized dimension has no such voxel.</exception>
    public static long NearestIndex(long index, long length, long resizedLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resizedLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)index, (ulong)resizedLength, nameof(index));
        return (long)(((2 * (Int128)index) + 1) * length / (2 * (Int128)resizedLength));
    }

    /// <summary>Describes the voxels of a resized dimension by a first voxel and a constant step in the original one, where there is such a step.</summary>
    /// <param name="length">How many voxels the original dimension has; not negative.</param>
    /// <param name="resizedLength">How many voxels the resized dimension has; not negative.</param>
    /// <param name="first">The first voxel, floor(step / 2).</param>
    /// <param name="step">From one voxel to the next: length / resizedLength.</param>
    /// <returns>Whether the ratio is a whole number; otherwise there is no such step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative.</exception>
    public static bool TryGetStep(long length, long resizedLength, out long first, out long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(resizedLength);
        bool isWhole = length == resizedLength || (length > 0 && resizedLength > 0 && length % resizedLength == 0);
        step = !isWhole ? 0 : length == resizedLength ? 1 : length / resizedLength;
        first = step / 2;
        return isWhole;
    }

    /// <summary>Resizes labels, maps or voxel weights by a view of the nearest voxels, in place; nothing is copied.</summary>
    /// <param name="tensor">(N, *spatial) or (N, C, *spatial), any strides: the last dimensions are the spatial ones. Not modified.</param>
    /// <param name="spatialShape">The spatial shape of the coarser output, with at most as many dimensions as the tensor.</param>
    /// <param name="shape">Receives the shape of the result: as many elements as the tensor has dimensions. Must live as long as the result.</param>
    /// <param name="strides">Receives the strides of the result: the same length and lifetime as <paramref name="shape"/>.</param>
    /// <returns>A view of the same memory, (N, *spatialShape) or (N, C, *spatialShape), for <see cref="Dice"/>.</returns>
    /// <exception cref="ArgumentException">
    /// A length is not a whole multiple of the one asked for: then there is no such view; copy the voxels that <see cref="NearestIndex"/>
    /// names. Or the tensor is not described correctly, or a span has the wrong length.
    /// </exception>
    public static TensorDescriptor Resized(
        in TensorDescriptor tensor, ReadOnlySpan<long> spatialShape, Span<long> shape, Span<long> strides)
    {
        ProblemChecks.Layout(tensor, nameof(tensor));
        if (spatialShape.Length > tensor.Rank)
        {
            throw new ArgumentException(
                $"The spatial shape is {Shapes.Text(spatialShape)}, but the tensor has shape {Shapes.Text(tensor.Shape)}.", nameof(spatialShape));
        }

        if (shape.Length != tensor.Rank) throw WrongLength(shape.Length, tensor.Rank, nameof(shape));
        if (strides.Length != tensor.Rank) throw WrongLength(strides.Length, tensor.Rank, nameof(strides));

        int leading = tensor.Rank - spatialShape.Length;
        nint address = tensor.Address;
        for (int d = 0; d < tensor.Rank; d++)
        {
            (long resized, long first, long step) = (tensor.Shape[d], 0, 1);
            if (d >= leading)
            {
                resized = spatialShape[d - leading];
                if (resized < 0) throw new ArgumentException($"The spatial shape {Shapes.Text(spatialShape)} has a negative length.", nameof(spatialShape));
                if (!TryGetStep(tensor.Shape[d], resized, out first, out step)) throw NotWhole(tensor, spatialShape, d - leading);
            }

            long stride = tensor.Stride(d);
            shape[d] = resized;
            strides[d] = stride * step;
            address += (nint)(first * stride * tensor.ElementType.Size());
        }

        return new TensorDescriptor(address, tensor.Device, tensor.ElementType, shape, strides);
    }

    private static ArgumentException WrongLength(int length, int rank, string name) =>
        new($"The span {name} has {length} elements; the tensor has {rank} dimensions.", name);

    private static ArgumentException NotWhole(in TensorDescriptor tensor, ReadOnlySpan<long> spatialShape, int dimension)
    {
        ReadOnlySpan<long> original = tensor.Shape[^spatialShape.Length..];
        return new ArgumentException(
            $"The tensor has spatial shape {Shapes.Text(original)}, which is no whole multiple of {Shapes.Text(spatialShape)} in dimension {dimension}: "
            + $"there is no view of it. Copy the voxels that {nameof(DeepSupervision)}.{nameof(NearestIndex)} names.", nameof(spatialShape));
    }
}
