namespace DiceLoss.Cpu.Tests;

/// <summary>Cross-entropy of few classes takes the logarithm of a product over a tile: it is largest where all voxels are of one class, and logits alike.</summary>
public sealed class FewClassesTests
{
    // Two tiles, and a part of a third.
    private const int Voxels = (2 * 512) + 77;

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(40)]
    public void Forward_AllVoxelsOfOneClassAndLogitsAlike_IsTheLogarithmOfTheClasses(int classes)
    {
        AssertIsTheLogarithm<float>(classes, Math.Pow(2, -22));
        AssertIsTheLogarithm<double>(classes, 1e-12);
    }

    private static void AssertIsTheLogarithm<T>(int classes, double bound)
        where T : unmanaged
    {
        byte[] labels = new byte[Voxels];
        labels.AsSpan().Fill((byte)(classes - 1));
        DiceResult result = CpuDice.Forward<T, byte>(
            new T[classes * Voxels], [1, classes, Voxels], labels, new DiceOptions { OverlapWeight = 0, CrossEntropy = new CrossEntropy() });
        Assert.Equal(Math.Log(classes), result.Loss, bound * Math.Log(classes));
    }
}
