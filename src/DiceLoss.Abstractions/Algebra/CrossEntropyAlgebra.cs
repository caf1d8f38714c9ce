namespace DiceLoss.Algebra;

/// <summary>Cross-entropy from sums, and its coefficients: the factors of -log p of the label, and of -log p of every class.</summary>
internal static class CrossEntropyAlgebra
{
    /// <summary>Adds cross-entropy to losses that are reduced, or not.</summary>
    /// <param name="sums">The sums of the samples, or pooled.</param>
    /// <param name="options">What is computed; its <see cref="DiceOptions.CrossEntropy"/> is set.</param>
    /// <param name="losses">The losses, one per sample for <see cref="DiceReduction.None"/>, otherwise one.</param>
    /// <param name="byLogLoss">Where the factors per sample and class go.</param>
    /// <param name="byUniformLogLoss">The same for those of label smoothing.</param>
    public static void Add(DiceSums sums, DiceOptions options, Span<double> losses, Span<double> byLogLoss, Span<double> byUniformLogLoss)
    {
        CrossEntropy crossEntropy = options.CrossEntropy!;
        bool apart = options.Reduction == DiceReduction.None;
        double weightOfBatch = 0;
        for (int n = 0; n < sums.Samples; n++) weightOfBatch += WeightOf(sums, n, crossEntropy);

        for (int n = 0; n < sums.Samples; n++)
        {
            double divisor = options.Reduction == DiceReduction.Sum ? 1 : apart ? WeightOf(sums, n, crossEntropy) : weightOfBatch;
            if (divisor == 0) continue;
            double factor = crossEntropy.Weight / divisor;
            for (int k = 0; k < sums.Classes; k++)
            {
                int i = (n * sums.Classes) + k;
                byLogLoss[i] = factor * (1 - crossEntropy.LabelSmoothing) * WeightOf(k, crossEntropy);
                byUniformLogLoss[i] = factor * crossEntropy.LabelSmoothing / sums.Classes * WeightOf(k, crossEntropy);
                ref double loss = ref losses[apart ? n : 0];
                loss += byLogLoss[i] * sums[SumTerm.LogLoss, n][k].Value;
                loss += byUniformLogLoss[i] * sums[SumTerm.UniformLogLoss, n][k].Value;
            }
        }
    }

    private static double WeightOf(int k, CrossEntropy crossEntropy) =>
        crossEntropy.PositiveWeight is { } positive ? (k == 1 ? positive : 1) : crossEntropy.ClassWeights?[k] ?? 1;

    // What a sample counts in the average.
    private static double WeightOf(DiceSums sums, int sample, CrossEntropy crossEntropy)
    {
        if (crossEntropy.PositiveWeight is not null) return sums.CountedVoxels[sample];
        double weight = 0;
        for (int k = 0; k < sums.Classes; k++) weight += WeightOf(k, crossEntropy) * sums[SumTerm.LabelMass, sample][k].Value;
        return weight;
    }
}
