using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OtherTensorLibrary;

/// <summary>A tensor library in a few lines: numbers of one type in native memory, with a shape and strides.</summary>
internal sealed unsafe class ToyTensor<T>(params long[] shape) : IDisposable
    where T : unmanaged
{
    private void* _memory = NativeMemory.AllocZeroed((nuint)Count(shape), (nuint)sizeof(T));

    public long[] Shape { get; private init; } = shape;

    public long[] Strides { get; private init; } = RowMajor(shape);

    public nint Address => (nint)_memory;

    public ref T this[long position] => ref Unsafe.AsRef<T>((T*)_memory + position);

    public static long Count(long[] shape) => shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>(N, C, *spatial) in memory as (N, *spatial, C): the same shape, other strides.</summary>
    public static ToyTensor<T> ChannelsLast(params long[] shape)
    {
        long[] inMemory = RowMajor([shape[0], .. shape[2..], shape[1]]);
        return new ToyTensor<T>(shape) { Strides = [inMemory[0], 1, .. inMemory[1..^1]] };
    }

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }

    private static long[] RowMajor(long[] shape) => [.. shape.Select((_, d) => Count(shape[(d + 1)..]))];
}
