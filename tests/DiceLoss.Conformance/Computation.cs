using DiceLoss.Cpu;

namespace DiceLoss.Conformance;

/// <summary>The library's own calls: forward and backward of a case on the processor.</summary>
internal static class Computation
{
    /// <summary>Computes losses and gradient.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="targets">What they are compared with.</param>
    /// <param name="options">What to compute.</param>
    /// <returns>The losses, without those of classes that are left out, and the gradient of their sum.</returns>
    public static (double[] Losses, double[] Gradient) Run(Tensor logits, Targets targets, DiceOptions options) => logits.ElementType switch
    {
        ElementType.Float16 => Run(logits, targets, options, value => (Half)value, value => (double)value),
        ElementType.BFloat16 => Run(logits, targets, options, value => (BFloat16)(float)value, value => value.ToSingle()),
        ElementType.Float32 => Run(logits, targets, options, value => (float)value, value => value),
        _ => Run(logits, targets, options, value => value, value => value),
    };

    private static unsafe (double[] Losses, double[] Gradient) Run<T>(
        Tensor logits, Targets targets, DiceOptions options, Func<double, T> round, Func<T, double> widen)
        where T : unmanaged
    {
        T[] x = [.. logits.Data.Select(round)];
        T[] g = new T[x.Length];
        long[] whole = targets.AreSoft ? [] : [.. targets.Values.Select(value => (long)value)];
        ReadOnlySpan<long> shape = logits.Shape, targetShape = targets.Kind == TargetKind.Maps ? shape : [shape[0], .. shape[2..]];
        fixed (T* values = x, gradient = g)
        fixed (long* integers = whole)
        fixed (double* numbers = targets.Values, weights = targets.VoxelWeights?.Data)
        {
            TensorDescriptor ofLogits = new((nint)values, Device.Cpu, logits.ElementType, shape);
            TensorDescriptor ofGradient = new((nint)gradient, Device.Cpu, logits.ElementType, shape);
            TensorDescriptor ofValues = targets.AreSoft
                ? new((nint)numbers, Device.Cpu, ElementType.Float64, targetShape)
                : new((nint)integers, Device.Cpu, ElementType.Int64, targetShape);
            var ofTargets = new DiceTargets(ofValues)
            {
                VoxelWeights = targets.VoxelWeights is null ? default : new((nint)weights, Device.Cpu, ElementType.Float64, targets.VoxelWeights.Shape),
            };
            DiceSums sums = Dice.Sums(ofLogits, ofTargets, options, CpuProvider.Shared);
            for (int n = 0; n < targets.BackgroundBesides?.Length; n++) sums[SumTerm.LabelMass, n][0] += new CompensatedSum(targets.BackgroundBesides[n], 0);
            DiceResult result = Dice.Evaluate(sums, options, logits.ElementType == ElementType.Float64 ? ElementType.Float64 : ElementType.Float32);
            Dice.Backward(result, ofLogits, ofTargets, upstream: default, ofGradient, provider: CpuProvider.Shared);
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
