namespace DiceLoss.Cpu.Tests;

/// <summary>One sum over thousands of classes rounds thousands of times, where they are alike always in the same direction.</summary>
public sealed class ManyClassesTests
{
    [Fact]
    public void ForwardBackward_TenThousandClassesAlikeButOne_IsWithinTheBounds()
    {
        const int Classes = 10_000, Label = 7;
        const float Ahead = 1.7f;
        float[] logits = new float[Classes], gradient = new float[Classes];
        logits[Label] = Ahead;
        var options = new DiceOptions { OverlapWeight = 0, CrossEntropy = new CrossEntropy() };
        DiceResult result = CpuDice.Forward<float, byte>(logits, [1, Classes, 1], [Label], options);
        CpuDice.Backward<float, byte>(result, logits, [1, Classes, 1], [Label], gradient);

        // The sum of exp(x_k - max) is 1 + others.
        double others = (Classes - 1) * Math.Exp(-Ahead), loss = Math.Log(1 + others), ofLabel = -others / (1 + others);

        // Of at most 8 numbers and then of 1250 such sums, each addition rounds by 2^-24 at most.
        Assert.Equal(loss, result.Loss, ((8 + 1250) * Math.Pow(2, -24)) + (loss * Math.Pow(2, -22)));
        for (int k = 0; k < Classes; k++) Assert.Equal(k == Label ? ofLabel : -ofLabel / (Classes - 1), gradient[k], 2e-6 * -ofLabel);
    }

    // The label's derivative is the sum of what smoothing asks of the other classes, which is the largest.
    [Theory]
    [InlineData(500)]
    [InlineData(10_000)]
    public void Backward_LabelSmoothingAndAConfidentVoxel_IsWithinTheBound(int classes)
    {
        const int Label = 7;
        const double Smoothing = 0.1;
        float[] logits = new float[classes], gradient = new float[classes];
        logits[Label] = 100;
        double ofOther = -Smoothing / classes, ofLabel = -ofOther * (classes - 1);
        var options = new DiceOptions { OverlapWeight = 0, CrossEntropy = new CrossEntropy { LabelSmoothing = Smoothing } };
        foreach (SimdLevel level in CpuProvider.SupportedLevels)
        {
            var provider = new CpuProvider(new CpuOptions { SimdLevel = level });
            DiceResult result = CpuDice.Forward<float, byte>(logits, [1, classes, 1], [Label], options, provider);
            CpuDice.Backward<float, byte>(result, logits, [1, classes, 1], [Label], gradient, provider: provider);
            for (int k = 0; k < classes; k++) Assert.Equal(k == Label ? ofLabel : ofOther, gradient[k], 2e-6 * ofLabel);
        }
    }
}
