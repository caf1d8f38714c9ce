using System.Runtime.InteropServices;
using DiceLoss.Cpu.Simd;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>A gradient too large for the caches is written past them, wherever its lines begin: the same bits as in place, where none is.</summary>
public sealed unsafe class StreamedGradientTests
{
    private const int Classes = 4;

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

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_PastTheCachesAndInPlace_GiveTheSameBits(SimdLevel level, ElementType type, int odd, int shift, bool areSideBySide)
    {
        // 16 MiB and a few voxels that fill no block.
        long voxels = (16L << 20) / (Classes * type.Size()) + LanePattern.CacheLine + odd;
        nuint bytes = (nuint)(voxels * Classes * type.Size()), lines = (bytes + LanePattern.CacheLine - 1) / LanePattern.CacheLine * LanePattern.CacheLine;
        byte* memory = (byte*)NativeMemory.AlignedAlloc((3 * lines) + LanePattern.CacheLine + (nuint)voxels, LanePattern.CacheLine);
        byte* inPlace = memory + lines, streamed = inPlace + lines + shift, classes = memory + (3 * lines) + LanePattern.CacheLine;
        try
        {
            var random = new Random(1);
            for (long i = 0; i < voxels * Classes; i++) Elements.WriteNumber((nint)memory + (nint)(i * type.Size()), type, (random.NextDouble() * 12) - 6);
            for (long i = 0; i < voxels; i++) classes[i] = (byte)random.Next(Classes + 1);

            var provider = new CpuProvider(new CpuOptions { SimdLevel = level });
            var logits = new TensorDescriptor((nint)memory, Device.Cpu, type, [1, Classes, voxels]);
            var labels = new TensorDescriptor((nint)classes, Device.Cpu, ElementType.UInt8, [1, voxels]);
            DiceResult result = Dice.Forward(logits, labels, new DiceOptions { IgnoreLabel = Classes }, provider);
            Buffer.MemoryCopy(memory, inPlace, bytes, bytes);
            var both = new TensorDescriptor((nint)inPlace, Device.Cpu, type, [1, Classes, voxels]);
            Dice.Backward(result, both, labels, default, both, inPlace: true, provider);
            long channel = areSideBySide ? 1 : voxels, voxel = areSideBySide ? Classes : 1;
            var other = new TensorDescriptor((nint)streamed, Device.Cpu, type, [1, Classes, voxels], [Classes * voxels, channel, voxel]);
            Dice.Backward(result, logits, labels, default, other, provider: provider);
            int size = type.Size();
            for (long v = 0; v < voxels; v++)
            {
                for (int c = 0; c < Classes; c++)
                {
                    byte* expected = inPlace + (((c * voxels) + v) * size), found = streamed + (((c * channel) + (v * voxel)) * size);
                    if (!new ReadOnlySpan<byte>(expected, size).SequenceEqual(new ReadOnlySpan<byte>(found, size))) Assert.Fail($"Voxel {v} of channel {c} differs.");
                }
            }
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }
}
