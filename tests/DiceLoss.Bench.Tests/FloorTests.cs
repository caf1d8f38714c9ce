using DiceLoss.Bench.Floors;
using DiceLoss.Bench.Inputs;

namespace DiceLoss.Bench.Tests;

public sealed unsafe class FloorTests
{
    [Theory]
    [InlineData(Store.Plain, 1)]
    [InlineData(Store.Plain, 3)]
    [InlineData(Store.NonTemporal, 1)]
    [InlineData(Store.NonTemporal, 3)]
    internal void Run_CopyOfSeveralChunksAndAnOddRest_CopiesEveryByte(Store store, int threads)
    {
        using var problem = new LossProblem(new ProblemShape(ElementType.Float32, ElementType.UInt8, [1, 3, 123_457]), threads);
        CopyFloor.Run(problem, store);
        Assert.True(Bytes(problem.Logits).SequenceEqual(Bytes(problem.Gradient)));

        static ReadOnlySpan<byte> Bytes(NativeBuffer buffer) => new(buffer.Start, (int)buffer.Bytes);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(1, 10)]
    [InlineData(10, 10)]
    [InlineData(1001, 10)]
    public void Run_ChunksOfARange_CoverItOnce(int length, int chunk)
    {
        int[] seen = new int[length];
        ChunkTeam.Run(length, chunk, threads: 4, (start, end) =>
        {
            for (long i = start; i < end; i++) Interlocked.Increment(ref seen[i]);
        });
        Assert.All(seen, times => Assert.Equal(1, times));
    }
}
