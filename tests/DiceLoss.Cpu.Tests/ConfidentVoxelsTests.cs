namespace DiceLoss.Cpu.Tests;

/// <summary>Where every voxel is right and confident, nothing hides the rounding of 1 - p: the whole gradient is made of it.</summary>
public sealed class ConfidentVoxelsTests
{
    private const int Classes = 4, Voxels = 77;

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(24)]
    public void Backward_EveryVoxelConfidentAndRight_IsWithinTheBoundOfTheLargest(float margin)
    {
        byte[] labels = [.. Enumerable.Range(0, Voxels).Select(v => (byte)(v % Classes))];
        bool[] masks = [.. Enumerable.Range(0, Classes * Voxels).Select(i => labels[i % Voxels] == i / Voxels)];
        float[] logits = [.. masks.Select(isOwn => isOwn ? margin : 0)];
        AssertWithinTheBound(logits, labels, masks, margin);
        AssertWithinTheBound(logits, masks, masks, margin);
    }

    // Cross-entropy alone, of which the derivative is p - t: each of the other classes has the same part of 1 - p.
    private static void AssertWithinTheBound<TTarget>(float[] logits, TTarget[] targets, bool[] isOwn, double margin)
        where TTarget : unmanaged
    {
        long[] shape = [1, Classes, Voxels];
        float[] gradient = new float[Classes * Voxels];
        DiceResult result = CpuDice.Forward<float, TTarget>(logits, shape, targets, new DiceOptions { OverlapWeight = 0, CrossEntropy = new CrossEntropy() });
        CpuDice.Backward<float, TTarget>(result, logits, shape, targets, gradient);
        double other = Math.Exp(-margin) / (1 + ((Classes - 1) * Math.Exp(-margin))) / Voxels, largest = (Classes - 1) * other;
        for (int i = 0; i < gradient.Length; i++) Assert.Equal(isOwn[i] ? -largest : other, gradient[i], 2e-6 * largest);
    }
}
