namespace DiceLoss.Cpu.Tests;

/// <summary>The minimum of probability and target has no derivative where both are the same.</summary>
public sealed class MinimumTests
{
    [Fact]
    public void Backward_ProbabilityIsTheTarget_IsHalfwayBetweenBothSides()
    {
        long[] shape = [1, 2, 300];
        float[] probabilities = [.. Enumerable.Range(0, 600).Select(i => 0.1f + (i % 64 / 80f))];
        var options = new DiceOptions { Activation = Activation.None, Intersection = IntersectionForm.Minimum };
        DiceResult result = CpuDice.Forward<float, float>(probabilities, shape, probabilities, options);
        float[] gradient = Gradient(0), below = Gradient(-0.01f), above = Gradient(0.01f);
        for (int i = 0; i < gradient.Length; i++)
        {
            Assert.NotEqual(below[i], above[i]);
            Assert.Equal((below[i] + (double)above[i]) / 2, gradient[i], 2e-6 * Math.Max(Math.Abs(below[i]), Math.Abs(above[i])));
        }

        // The derivative by the sums is that of the result, whatever the targets are.
        float[] Gradient(float more)
        {
            float[] gradient = new float[600], targets = [.. probabilities.Select(p => p + more)];
            CpuDice.Backward<float, float>(result, probabilities, shape, targets, gradient);
            return gradient;
        }
    }
}
