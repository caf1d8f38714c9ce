using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>Element counts and offsets beyond 2^31 and 2^32, in memory of which only a few pages exist.</summary>
public sealed class LargeTensorTests
{
    [Fact]
    public void Forward_MoreThanTwoToThe31Voxels_CountsAndNamesThemAll()
    {
        Assert.SkipUnless(GuardedMemory.IsSupported, "Sparse memory is made with Linux's mmap.");
        long voxels = (1L << 31) + 777;
        nint last = (nint)(voxels - 1);
        using var logits = new GuardedMemory(voxels * 2, atEnd: true);
        using var labels = new GuardedMemory(voxels, atEnd: true);
        var x = new TensorDescriptor(logits.Address, Device.Cpu, ElementType.BFloat16, [1, 1, voxels]);
        var y = new TensorDescriptor(labels.Address, Device.Cpu, ElementType.UInt8, [1, voxels]);
        Elements.WriteInteger(labels.Address + last, ElementType.UInt8, 1);
        Elements.WriteNumber(logits.Address + (2 * last), ElementType.BFloat16, 128);

        // All other logits are 0, with p = 1/2 and label 0: I = ((V - 1)/2, 1), P = ((V - 1)/2, (V - 1)/2 + 1), T = (V - 1, 1).
        DiceSums sums = Dice.Sums(x, y, new DiceOptions { IgnoreLabel = 200 }, CpuProvider.Shared);
        double half = (voxels - 1) / 2.0;
        Assert.Equal(voxels, sums[SumTerm.VoxelMass, 0][0].Value);
        Assert.Equal([half, 1], sums[SumTerm.Intersection, 0].ToArray().Select(sum => sum.Value));
        Assert.Equal([half, half + 1], sums[SumTerm.PredictionMass, 0].ToArray().Select(sum => sum.Value));
        Assert.Equal([voxels - 1, 1], sums[SumTerm.LabelMass, 0].ToArray().Select(sum => sum.Value));

        Elements.WriteInteger(labels.Address + last, ElementType.UInt8, 2);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Dice.Sums(
            new TensorDescriptor(logits.Address, Device.Cpu, ElementType.BFloat16, [1, 1, voxels]),
            new TensorDescriptor(labels.Address, Device.Cpu, ElementType.UInt8, [1, voxels]), null, CpuProvider.Shared));
        Assert.Contains("the first is 2, in sample 0 at voxel [2147484424].", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.Float64)]
    public void ForwardBackward_StridesBeyondTwoToThe32_ReachTheElements(ElementType type)
    {
        Assert.SkipUnless(GuardedMemory.IsSupported, "Sparse memory is made with Linux's mmap.");
        long[] shape = [2, 3, 4, 200], strides = [3L << 33, 1L << 33, (1L << 31) + 7, 1], labelsShape = [2, 4, 200], labelStrides = [1L << 33, 1L << 31, 1];
        using var logits = new GuardedMemory((7L << 33) * type.Size(), atEnd: false);
        using var gradient = new GuardedMemory((7L << 33) * type.Size(), atEnd: false);
        using var labels = new GuardedMemory((3L << 33) * 2, atEnd: false);
        using var near = new CaseRun(new Case { Shape = shape, LogitsType = type, LabelsType = ElementType.Int16, Seed = 9 });
        double[] values = near.Logits.Numbers();
        long[] classes = near.Labels.Integers();
        for (int i = 0; i < values.Length; i++) Elements.WriteNumber(logits.Address + (nint)(Offset(i, shape, strides) * type.Size()), type, values[i]);
        for (int i = 0; i < classes.Length; i++) Elements.WriteInteger(labels.Address + (nint)(Offset(i, labelsShape, labelStrides) * 2), ElementType.Int16, classes[i]);

        var x = new TensorDescriptor(logits.Address, Device.Cpu, type, shape, strides);
        var y = new TensorDescriptor(labels.Address, Device.Cpu, ElementType.Int16, labelsShape, labelStrides);
        DiceResult far = Dice.Forward(x, y, null, CpuProvider.Shared), expected = near.Forward(CpuProvider.Shared);
        Assert.Equal(expected.Loss, far.Loss);
        Dice.Backward(far, x, y, default, new TensorDescriptor(gradient.Address, Device.Cpu, type, shape, strides), provider: CpuProvider.Shared);
        double[] truth = near.Backward(CpuProvider.Shared, expected);
        double[] ours = [.. truth.Select((_, i) => Elements.ReadNumber(gradient.Address + (nint)(Offset(i, shape, strides) * type.Size()), type))];
        ErrorRule.SameBits(truth, ours, "gradient");
    }

    private static long Offset(long position, long[] shape, long[] strides)
    {
        long offset = 0;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            (position, long index) = Math.DivRem(position, shape[d]);
            offset += index * strides[d];
        }

        return offset;
    }
}
