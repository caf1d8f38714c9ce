using DiceLoss.Cpu.Kernels;

namespace DiceLoss.Cpu.Tests;

/// <summary>Channels taken apart and put together again: every element in its place, and no byte beside them touched.</summary>
public sealed unsafe class InterleavingTests
{
    private const byte Untouched = 0xA5;

    /// <summary>Bytes of an element, and channels.</summary>
    public static TheoryData<int, int> Cases { get; } = [.. new[] { 2, 4, 8 }.SelectMany(size => Enumerable.Range(2, size == 2 ? 7 : 6), (size, channels) => (size, channels))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Split_EveryCount_MovesEveryElementAndTouchesNothingElse(int elementSize, int channels)
    {
        foreach (int count in Counts(elementSize, channels))
        {
            // Three bytes more than a row needs: nothing is aligned.
            int rowStride = (count * elementSize) + 3;
            byte[] voxels = Random(count * channels * elementSize), rows = new byte[channels * rowStride];
            Array.Fill(rows, Untouched);
            byte[] expected = [.. rows];
            ForEach(channels, count, (c, v) => Element(voxels, 0, (v * channels) + c).CopyTo(Element(expected, c * rowStride, v)));
            fixed (byte* from = voxels, to = rows) Interleaving.Split(from, to, rowStride, channels, count, elementSize);
            Assert.Equal(expected, rows);
        }

        Span<byte> Element(byte[] bytes, int first, int index) => bytes.AsSpan(first + (index * elementSize), elementSize);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Join_EveryCount_MovesEveryElementAndTouchesNothingElse(int elementSize, int channels)
    {
        foreach (int count in Counts(elementSize, channels))
        {
            int rowStride = (count * elementSize) + 3;
            byte[] rows = Random(channels * rowStride), voxels = new byte[(count * channels * elementSize) + 3];
            Array.Fill(voxels, Untouched);
            byte[] expected = [.. voxels];
            ForEach(channels, count, (c, v) => Element(rows, c * rowStride, v).CopyTo(Element(expected, 0, (v * channels) + c)));
            fixed (byte* from = rows, to = voxels) Interleaving.Join(from, rowStride, to, channels, count, elementSize);
            Assert.Equal(expected, voxels);
        }

        Span<byte> Element(byte[] bytes, int first, int index) => bytes.AsSpan(first + (index * elementSize), elementSize);
    }

    [Theory]
    [InlineData(1, 1000, 4)]
    [InlineData(9, 1000, 2)]
    [InlineData(3, 15, 4)]
    [InlineData(3, 1000, 1)]
    public void Takes_OneOrManyChannelsOrFewVoxelsOrBytes_IsFalse(int channels, int voxels, int elementSize) =>
        Assert.False(Interleaving.Takes(channels, voxels, elementSize));

    // From one register of voxels to more than three.
    private static IEnumerable<int> Counts(int elementSize, int channels)
    {
        int lanes = 64 / elementSize;
        Assert.SkipUnless(Interleaving.Takes(channels, lanes, elementSize), "This processor has no instructions for it, or faster ones.");
        return Enumerable.Range(lanes, (2 * lanes) + 3);
    }

    private static byte[] Random(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static void ForEach(int channels, int count, Action<int, int> move)
    {
        for (int c = 0; c < channels; c++)
        {
            for (int v = 0; v < count; v++) move(c, v);
        }
    }
}
