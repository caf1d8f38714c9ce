using System.Runtime.InteropServices;
using DiceLoss.Cpu.Kernels;
using DiceLoss.Cpu.Simd;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>A gradient too large for the caches is written past them, wherever its lines begin: the same bits as in place, where none is.</summary>
public sealed unsafe class StreamedGradientTests
{
    private const int Classes = 4;
    private const long StreamedBytes = GradientPass.StreamedBytes;
    private const long DifferentLogits = 99_991; // a prime, so that they meet every label in every channel
    private const byte Guard = 0xA5;

    public static TheoryData<SimdLevel, ElementType, int, int, bool> Cases()
    {
        TheoryData<SimdLevel, ElementType, int, int, bool> cases = [];
        foreach (SimdLevel level in CpuProvider.SupportedLevels)
        {
            foreach (ElementType type in (ElementType[])[ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16])
            {
                cases.Add(level, type, 0, 0, false);
                cases.Add(level, type, 0, type.Size(), false); // every channel is as far from a line
                cases.Add(level, type, 0, 1, false); // and not by whole elements
                cases.Add(level, type, 1, 0, false); // each by another distance
                cases.Add(level, type, 1, 1, false);
                cases.Add(level, type, 1, 0, true); // channels side by side
                cases.Add(level, type, 1, 1, true);
            }
        }

        return cases;
    }

    /// <summary>Volumes of less than a cache line, of less than a block, of less than a tile, and of a few tiles; and how far the gradient begins from a line.</summary>
    public static TheoryData<SimdLevel, ElementType, int, int> SmallVolumes()
    {
        TheoryData<SimdLevel, ElementType, int, int> cases = [];
        foreach (SimdLevel level in CpuProvider.SupportedLevels)
        {
            foreach (ElementType type in (ElementType[])[ElementType.Float32, ElementType.BFloat16])
            {
                foreach (int voxels in (int[])[5, 37, 67, 131, 513, 1027]) cases.Add(level, type, voxels, voxels % 7 * type.Size());
            }
        }

        return cases;
    }

    /// <summary>Channels whole pages apart, from a line on or not, without a gap and with one behind voxels that fill no block.</summary>
    public static TheoryData<SimdLevel, ElementType, int, int> WholePages()
    {
        TheoryData<SimdLevel, ElementType, int, int> cases = [];
        foreach (SimdLevel level in CpuProvider.SupportedLevels)
        {
            foreach (ElementType type in (ElementType[])[ElementType.Float32, ElementType.Float64, ElementType.Float16])
            {
                foreach (int classes in (int[])[2, 3, 6]) cases.Add(level, type, classes, classes % 2 * 77);
            }
        }

        return cases;
    }

    /// <summary>So many channels that a tile, and then that a block of all of them takes more than the panel should.</summary>
    public static TheoryData<SimdLevel, ElementType, int> ManyChannels()
    {
        TheoryData<SimdLevel, ElementType, int> cases = [];
        foreach (SimdLevel level in CpuProvider.SupportedLevels)
        {
            foreach (ElementType type in (ElementType[])[ElementType.Float32, ElementType.Float64, ElementType.BFloat16])
            {
                foreach (int channels in (int[])[200, 1100]) cases.Add(level, type, channels);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_PastTheCachesAndInPlace_GiveTheSameBits(SimdLevel level, ElementType type, int odd, int shift, bool areSideBySide)
    {
        // A little more than must be, with a few voxels that fill no block.
        long voxels = StreamedBytes / (Classes * type.Size()) + LanePattern.CacheLine + odd;
        ExpectTheSameBits(level, type, [1, Classes, voxels], gap: 0, shift, areSideBySide);
    }

    [Theory]
    [MemberData(nameof(SmallVolumes))]
    public void Backward_ManySmallVolumes_GiveTheSameBits(SimdLevel level, ElementType type, int voxels, int shift) =>
        ExpectTheSameBits(level, type, [(StreamedBytes / (Classes * type.Size() * voxels)) + 1, Classes, voxels], gap: 0, shift, areSideBySide: false);

    [Theory]
    [MemberData(nameof(WholePages))]
    public void Backward_ChannelsWholePagesApart_GivesTheSameBits(SimdLevel level, ElementType type, int classes, int gap)
    {
        long stride = ((StreamedBytes / (classes * LanePattern.Page)) + 2) * (LanePattern.Page / type.Size());
        ExpectTheSameBits(level, type, [1, classes, stride - gap], gap, shift: classes / 3 * type.Size(), areSideBySide: false);
    }

    [Theory]
    [MemberData(nameof(ManyChannels))]
    public void Backward_ManyChannels_GivesTheSameBits(SimdLevel level, ElementType type, int channels) =>
        ExpectTheSameBits(level, type, [1, channels, (StreamedBytes / (channels * type.Size())) + 5], gap: 0, shift: type.Size(), areSideBySide: false);

    // gap: voxels between the channels of the gradient that is streamed.
    private static void ExpectTheSameBits(SimdLevel level, ElementType type, long[] shape, int gap, int shift, bool areSideBySide)
    {
        int size = type.Size();
        (long samples, long channels, long voxels, long stride) = (shape[0], shape[1], shape[2], shape[2] + gap);
        long elements = samples * channels * voxels;
        nuint bytes = (nuint)(elements * size), streamedBytes = (nuint)(samples * channels * stride * size);
        nuint lines = (streamedBytes + (2 * LanePattern.CacheLine)) / LanePattern.CacheLine * LanePattern.CacheLine;
        byte* memory = (byte*)NativeMemory.AlignedAlloc((3 * lines) + (2 * LanePattern.CacheLine) + (nuint)(samples * voxels), LanePattern.Page);
        byte* inPlace = memory + lines, guarded = inPlace + lines, streamed = guarded + LanePattern.CacheLine + shift;
        byte* classes = guarded + lines + (2 * LanePattern.CacheLine);
        try
        {
            var random = new Random(1);
            for (long i = 0; i < elements; i++)
            {
                nint element = (nint)memory + (nint)(i * size);
                if (i < DifferentLogits) Elements.WriteNumber(element, type, (random.NextDouble() * 12) - 6);
                else Buffer.MemoryCopy((byte*)element - (DifferentLogits * size), (byte*)element, size, size);
            }

            for (long i = 0; i < samples * voxels; i++) classes[i] = (byte)random.Next((int)channels + 1);
            new Span<byte>(guarded, (int)(classes - guarded)).Fill(Guard);

            var provider = new CpuProvider(new CpuOptions { SimdLevel = level });
            var logits = new TensorDescriptor((nint)memory, Device.Cpu, type, shape);
            var labels = new TensorDescriptor((nint)classes, Device.Cpu, ElementType.UInt8, [samples, voxels]);
            DiceResult result = Dice.Forward(logits, labels, new DiceOptions { IgnoreLabel = channels }, provider);
            Buffer.MemoryCopy(memory, inPlace, bytes, bytes);
            var both = new TensorDescriptor((nint)inPlace, Device.Cpu, type, shape);
            Dice.Backward(result, both, labels, default, both, inPlace: true, provider);
            long channel = areSideBySide ? 1 : stride, voxel = areSideBySide ? channels : 1;
            var other = new TensorDescriptor((nint)streamed, Device.Cpu, type, shape, [channels * stride, channel, voxel]);
            Dice.Backward(result, logits, labels, default, other, provider: provider);

            bool areEqual = !areSideBySide && gap == 0 && new ReadOnlySpan<byte>(inPlace, (int)bytes).SequenceEqual(new ReadOnlySpan<byte>(streamed, (int)bytes));
            for (long i = 0; i < elements && !areEqual; i++)
            {
                (long row, long v) = Math.DivRem(i, voxels);
                (long sample, long c) = Math.DivRem(row, channels);
                byte* expected = inPlace + (i * size), found = streamed + (((sample * channels * stride) + (c * channel) + (v * voxel)) * size);
                if (!new ReadOnlySpan<byte>(expected, size).SequenceEqual(new ReadOnlySpan<byte>(found, size))) Assert.Fail($"Voxel {v} of channel {c} of sample {sample} differs.");
            }

            Assert.False(new ReadOnlySpan<byte>(guarded, (int)(streamed - guarded)).ContainsAnyExcept(Guard));
            Assert.False(new ReadOnlySpan<byte>(streamed + streamedBytes, (int)(classes - streamed - (long)streamedBytes)).ContainsAnyExcept(Guard));
            for (long row = 0; row < samples * channels && gap > 0; row++)
            {
                Assert.False(new ReadOnlySpan<byte>(streamed + (((row * stride) + voxels) * size), gap * size).ContainsAnyExcept(Guard));
            }
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }
}
