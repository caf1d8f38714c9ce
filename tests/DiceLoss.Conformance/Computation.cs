using DiceLoss.Cpu;

namespace DiceLoss.Conformance;

/// <summary>The library's own call: forward and backward of a case on the processor.</summary>
internal static class Computation
{
    /// <summary>Computes losses and gradient.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="labels">(N, *spatial), row-major.</param>
    /// <param name="options">What to compute.</param>
    /// <returns>The losses, without those of classes that are left out, and the gradient of their sum.</returns>
    public static (double[] Losses, double[] Gradient) Run(Tensor logits, long[] labels, DiceOptions options) => logits.ElementType switch
    {
        ElementType.Float16 => Run(logits, labels, options, value => (Half)value, value => (double)value),
        ElementType.BFloat16 => Run(logits, labels, options, value => (BFloat16)(float)value, value => value.ToSingle()),
        ElementType.Float32 => Run(logits, labels, options, value => (float)value, value => value),
        _ => Run(logits, labels, options, value => value, value => value),
    };

    private static unsafe (double[] Losses, double[] Gradient) Run<T>(
        Tensor logits, long[] labels, DiceOptions options, Func<double, T> round, Func<T, double> widen)
        where T : unmanaged
    {
        T[] x = [.. logits.Data.Select(round)];
        T[] g = new T[x.Length];
        ReadOnlySpan<long> shape = logits.Shape, labelShape = [shape[0], .. shape[2..]];
        fixed (T* values = x, gradient = g)
        fixed (long* classes = labels)
        {
            var ofLogits = new TensorDescriptor((nint)values, Device.Cpu, logits.ElementType, shape);
            var ofLabels = new TensorDescriptor((nint)classes, Device.Cpu, ElementType.Int64, labelShape);
            var ofGradient = new TensorDescriptor((nint)gradient, Device.Cpu, logits.ElementType, shape);
            DiceResult result = Dice.Forward(ofLogits, ofLabels, options, CpuProvider.Shared);
            Dice.Backward(result, ofLogits, ofLabels, upstream: default, ofGradient, provider: CpuProvider.Shared);
            return (Losses(result), [.. g.Select(widen)]);
        }
    }

    // Losses per class have a place for a class that is left out; the other libraries have none.
    private static double[] Losses(DiceResult result)
    {
        double[] losses = result.Losses.ToArray();
        if (result.Options.Reduction != DiceReduction.PerClass) return losses;
        return [.. losses.Where((_, i) => i % result.Sums.Classes != result.Options.IgnoreChannel)];
    }
}
