namespace DiceLoss.Cpu.Kernels;

/// <summary>Copies voxels of one channel between a strided tensor and a row of scratch, by element size; the values do not matter.</summary>
internal static unsafe class StridedCopy
{
    /// <summary>From the tensor to the row.</summary>
    public static void Gather(byte* channel, SpatialLayout layout, long firstVoxel, int count, int elementSize, byte* row)
    {
        for (int done = 0; done < count;)
        {
            long offset = layout.Locate(firstVoxel + done, out long run, out long stride);
            int length = (int)Math.Min(run, count - done);
            Copy(channel + (offset * elementSize), stride, row + ((nint)done * elementSize), 1, length, elementSize);
            done += length;
        }
    }

    /// <summary>From the row to the tensor.</summary>
    public static void Scatter(byte* row, byte* channel, SpatialLayout layout, long firstVoxel, int count, int elementSize)
    {
        for (int done = 0; done < count;)
        {
            long offset = layout.Locate(firstVoxel + done, out long run, out long stride);
            int length = (int)Math.Min(run, count - done);
            Copy(row + ((nint)done * elementSize), 1, channel + (offset * elementSize), stride, length, elementSize);
            done += length;
        }
    }

    private static void Copy(byte* source, long sourceStride, byte* destination, long destinationStride, int count, int elementSize)
    {
        switch (elementSize)
        {
            case 1: Copy(source, sourceStride, destination, destinationStride, count); break;
            case 2: Copy((ushort*)source, sourceStride, (ushort*)destination, destinationStride, count); break;
            case 4: Copy((uint*)source, sourceStride, (uint*)destination, destinationStride, count); break;
            default: Copy((ulong*)source, sourceStride, (ulong*)destination, destinationStride, count); break;
        }
    }

    private static void Copy<TElement>(TElement* source, long sourceStride, TElement* destination, long destinationStride, int count)
        where TElement : unmanaged
    {
        if (sourceStride == 1 && destinationStride == 1)
        {
            new ReadOnlySpan<TElement>(source, count).CopyTo(new Span<TElement>(destination, count));
            return;
        }

        for (int i = 0; i < count; i++, source += sourceStride, destination += destinationStride) *destination = *source;
    }
}
