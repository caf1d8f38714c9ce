namespace DiceLoss.Cpu.Kernels;

/// <summary>Copies voxels between a strided tensor and rows of scratch, one row per channel, by element size; the values do not matter.</summary>
internal static unsafe class StridedCopy
{
    /// <summary>From the tensor to the rows.</summary>
    /// <param name="tensor">Voxel 0 in channel 0.</param>
    /// <param name="layout">Where its voxels lie.</param>
    /// <param name="channelStride">Bytes from one channel of the tensor to the next.</param>
    /// <param name="channels">How many channels.</param>
    /// <param name="firstVoxel">The first voxel to copy.</param>
    /// <param name="count">How many voxels.</param>
    /// <param name="elementSize">Bytes of an element.</param>
    /// <param name="rows">The row of channel 0.</param>
    /// <param name="rowStride">Bytes from one row to the next.</param>
    public static void Gather(
        byte* tensor, SpatialLayout layout, nint channelStride, int channels, long firstVoxel, int count, int elementSize, byte* rows, nint rowStride)
    {
        for (int done = 0; done < count;)
        {
            byte* source = Locate(tensor, layout, firstVoxel + done, count - done, elementSize, out int length, out nint stride);
            byte* row = rows + ((nint)done * elementSize);
            bool isSideBySide = channelStride == elementSize, isOnePiece = isSideBySide && stride == channels * elementSize;
            if (isOnePiece && Interleaving.Takes(channels, length, elementSize))
            {
                Interleaving.Split(source, row, rowStride, channels, length, elementSize);
            }
            else if (isSideBySide && Transposition.Takes(length, channels, elementSize))
            {
                Transposition.Copy(source, stride, row, rowStride, length, channels, elementSize);
            }
            else
            {
                for (int c = 0; c < channels; c++) Copy(source + (c * channelStride), stride, row + (c * rowStride), elementSize, length, elementSize);
            }

            done += length;
        }
    }

    /// <summary>From the rows to the tensor; with <paramref name="staging"/>, room for all of it, past the caches where it, or each channel, lies in one piece.</summary>
    /// <inheritdoc cref="Gather" path="/param"/>
    public static void Scatter(
        byte* rows, nint rowStride, byte* tensor, SpatialLayout layout, nint channelStride, int channels, long firstVoxel, int count, int elementSize, byte* staging)
    {
        for (int done = 0; done < count;)
        {
            byte* destination = Locate(tensor, layout, firstVoxel + done, count - done, elementSize, out int length, out nint stride);
            byte* row = rows + ((nint)done * elementSize);
            bool isSideBySide = channelStride == elementSize, isOnePiece = isSideBySide && stride == channels * elementSize;
            bool interleaves = isOnePiece && Interleaving.Takes(channels, length, elementSize);
            if (interleaves || (isSideBySide && Transposition.Takes(length, channels, elementSize)))
            {
                bool streams = staging is not null && isOnePiece;
                byte* whereTo = streams ? staging : destination;
                if (interleaves) Interleaving.Join(row, rowStride, whereTo, channels, length, elementSize);
                else Transposition.Copy(row, rowStride, whereTo, stride, channels, length, elementSize);
                if (streams) LineCopy.Stream(staging, destination, length * stride);
            }
            else if (staging is not null && layout.IsContiguous)
            {
                for (int c = 0; c < channels; c++) LineCopy.Stream(row + (c * rowStride), destination + (c * channelStride), (nint)length * elementSize);
            }
            else
            {
                for (int c = 0; c < channels; c++) Copy(row + (c * rowStride), elementSize, destination + (c * channelStride), stride, length, elementSize);
            }

            done += length;
        }
    }

    private static byte* Locate(byte* tensor, SpatialLayout layout, long voxel, int most, int elementSize, out int length, out nint stride)
    {
        long offset = layout.Locate(voxel, out long run, out long elements);
        length = (int)Math.Min(run, most);
        stride = (nint)elements * elementSize;
        return tensor + (offset * elementSize);
    }

    private static void Copy(byte* source, nint sourceStride, byte* destination, nint destinationStride, int count, int elementSize)
    {
        if (sourceStride == elementSize && destinationStride == elementSize)
        {
            new ReadOnlySpan<byte>(source, count * elementSize).CopyTo(new Span<byte>(destination, count * elementSize));
            return;
        }

        switch (elementSize)
        {
            case 1: CopyEach<byte>(source, sourceStride, destination, destinationStride, count); break;
            case 2: CopyEach<ushort>(source, sourceStride, destination, destinationStride, count); break;
            case 4: CopyEach<uint>(source, sourceStride, destination, destinationStride, count); break;
            default: CopyEach<ulong>(source, sourceStride, destination, destinationStride, count); break;
        }
    }

    private static void CopyEach<TElement>(byte* source, nint sourceStride, byte* destination, nint destinationStride, int count)
        where TElement : unmanaged
    {
        for (; count > 0; count--, source += sourceStride, destination += destinationStride) *(TElement*)destination = *(TElement*)source;
    }
}
