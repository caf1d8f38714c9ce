using System.Runtime.InteropServices;
using DiceLoss.Cpu.Simd;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>A gradient too large for the caches is written past them, wherever its first line begins: the same bits.</summary>
public sealed unsafe class StreamedGradientTests
{
    private const int Classes = 4;

    public static TheoryData<SimdLevel, ElementType, int, int> Cases()
    {
        TheoryData<SimdLevel, ElementType, int, int> cases = [];
        foreach (SimdLevel level in CpuProvider.SupportedLevels)
        {
            foreach (ElementType type in (ElementType[])[ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16])
            {
                cases.Add(level, type, 0, type.Size()); // every channel is as far from a line
                cases.Add(level, type, 0, 1); // and not by whole elements
                cases.Add(level, type, 1, type.Size()); // each by another distance
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_AlignedAndNotAligned_GiveTheSameBits(SimdLevel level, ElementType type, int odd, int shift)
    {
        // 16 MiB and a few voxels that fill no block.
        long voxels = (16L << 20) / (Classes * type.Size()) + LanePattern.CacheLine + odd;
        nuint bytes = (nuint)(voxels * Classes * type.Size()), lines = (bytes + LanePattern.CacheLine - 1) / LanePattern.CacheLine * LanePattern.CacheLine;
        byte* memory = (byte*)NativeMemory.AlignedAlloc((3 * lines) + LanePattern.CacheLine + (nuint)voxels, LanePattern.CacheLine);
        byte* aligned = memory + lines, notAligned = aligned + lines + shift, classes = memory + (3 * lines) + LanePattern.CacheLine;
        try
        {
            var random = new Random(1);
            for (long i = 0; i < voxels * Classes; i++) Elements.WriteNumber((nint)memory + (nint)(i * type.Size()), type, (random.NextDouble() * 12) - 6);
            for (long i = 0; i < voxels; i++) classes[i] = (byte)random.Next(Classes + 1);

            var provider = new CpuProvider(new CpuOptions { SimdLevel = level });
            var logits = new TensorDescriptor((nint)memory, Device.Cpu, type, [1, Classes, voxels]);
            var labels = new TensorDescriptor((nint)classes, Device.Cpu, ElementType.UInt8, [1, voxels]);
            DiceResult result = Dice.Forward(logits, labels, new DiceOptions { IgnoreLabel = Classes }, provider);
            Dice.Backward(result, logits, labels, default, new TensorDescriptor((nint)aligned, Device.Cpu, type, [1, Classes, voxels]), provider: provider);
            Dice.Backward(result, logits, labels, default, new TensorDescriptor((nint)notAligned, Device.Cpu, type, [1, Classes, voxels]), provider: provider);
            Assert.True(new ReadOnlySpan<byte>(aligned, (int)bytes).SequenceEqual(new ReadOnlySpan<byte>(notAligned, (int)bytes)));
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }
}
