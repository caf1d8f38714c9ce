namespace DiceLoss.Algebra;

/// <summary>Cross-entropy and focal loss from their sums: each is a sum of sums, every one times its coefficient.</summary>
internal static class VoxelTermAlgebra
{
    /// <summary>Adds both, where they are asked for, to losses that are reduced, or not.</summary>
    /// <param name="sums">The sums of the samples.</param>
    /// <param name="annotated">What the samples tell anything about.</param>
    /// <param name="groups">The same sums, or pooled.</param>
    /// <param name="annotatedInGroups">What the groups tell anything about.</param>
    /// <param name="options">What is computed.</param>
    /// <param name="losses">The losses, one per sample for <see cref="DiceReduction.None"/>, otherwise one.</param>
    /// <param name="coefficients">Where the factors of the sums go.</param>
    public static void Add(
        DiceSums sums,
        Annotation annotated,
        DiceSums groups,
        Annotation annotatedInGroups,
        DiceOptions options,
        Span<double> losses,
        DiceCoefficients coefficients)
    {
        bool apart = options.Reduction == DiceReduction.None;
        double[] ofCrossEntropy = new double[sums.Samples], ofFocal = new double[sums.Samples];
        for (int n = 0; n < sums.Samples; n++)
        {
            ofCrossEntropy[n] = DivisorOfCrossEntropy(sums, n, options, annotated.OfSample(n));
            ofFocal[n] = DivisorOfFocal(sums, n, options, annotated.OfSample(n));
        }

        double crossEntropyOfBatch = ofCrossEntropy.Sum(), focalOfBatch = ofFocal.Sum();
        for (int n = 0; n < groups.Samples; n++)
        {
            Annotation known = annotatedInGroups.OfSample(n);
            SetCrossEntropy(n, options, Factor(options.CrossEntropy?.Weight, apart ? ofCrossEntropy[n] : crossEntropyOfBatch), known, coefficients);
            SetFocal(n, options, Factor(options.Focal?.Weight, apart ? ofFocal[n] : focalOfBatch), known, coefficients);
            ref double loss = ref losses[apart ? n : 0];
            foreach (SumTerm term in (ReadOnlySpan<SumTerm>)
                [SumTerm.LogLoss, SumTerm.UniformLogLoss, SumTerm.ComplementLogLoss, SumTerm.FocalLoss, SumTerm.ComplementFocalLoss])
            {
                ReadOnlySpan<double> factors = coefficients[term, n];
                for (int k = 0; k < factors.Length; k++)
                {
                    // 0 times an infinite sum is nothing; one that is not a number shows.
                    double sum = groups[term, n][k].Value;
                    if (factors[k] != 0 || (double.IsNaN(sum) && known[k] && Includes(options, term, k))) loss += factors[k] * sum;
                }
            }
        }

        double Factor(double? weight, double divisor) => options.Reduction == DiceReduction.Sum ? weight ?? 0 : divisor == 0 ? 0 : (weight ?? 0) / divisor;
    }

    private static void SetCrossEntropy(int n, DiceOptions options, double factor, Annotation annotated, DiceCoefficients coefficients)
    {
        // Kernels read coefficients for all that they add up, also where the loss has no such term.
        Span<double> byLogLoss = coefficients.Row(SumTerm.LogLoss, n);
        Span<double> byComplement = IsBinary(options) ? coefficients.Row(SumTerm.ComplementLogLoss, n) : [];
        if (options.CrossEntropy is not { } crossEntropy) return;
        for (int k = 0; k < byLogLoss.Length; k++)
        {
            if (!annotated[k]) continue;
            double weight = factor * (crossEntropy.ClassWeights?[k] ?? 1);
            if (IsBinary(options))
            {
                byLogLoss[k] = weight * (crossEntropy.PositiveWeight ?? 1);
                byComplement[k] = weight;
                continue;
            }

            if (crossEntropy.PositiveWeight is { } positive) weight = factor * (k == 1 ? positive : 1);
            byLogLoss[k] = weight * (1 - crossEntropy.LabelSmoothing);
            if (crossEntropy.LabelSmoothing > 0) coefficients.Row(SumTerm.UniformLogLoss, n)[k] = weight * crossEntropy.LabelSmoothing / byLogLoss.Length;
        }
    }

    private static void SetFocal(int n, DiceOptions options, double factor, Annotation annotated, DiceCoefficients coefficients)
    {
        if (options.Focal is not { } focal) return;
        Span<double> byFocalLoss = coefficients.Row(SumTerm.FocalLoss, n);
        Span<double> byComplement = IsBinary(options) ? coefficients.Row(SumTerm.ComplementFocalLoss, n) : [];
        for (int k = 0; k < byFocalLoss.Length; k++)
        {
            if (!annotated[k] || !Includes(focal, k)) continue;
            double weight = factor * (focal.ClassWeights?[k] ?? 1);
            if (IsBinary(options)) byComplement[k] = weight * (1 - focal.Alpha ?? 1);
            bool isBackground = !IsBinary(options) && k == 0;
            byFocalLoss[k] = weight * ((isBackground ? 1 - focal.Alpha : focal.Alpha) ?? 1);
        }
    }

    // What a sample adds to the divisor of cross-entropy.
    private static double DivisorOfCrossEntropy(DiceSums sums, int sample, DiceOptions options, Annotation annotated)
    {
        if (options.CrossEntropy is not { } crossEntropy) return 0;
        if (IsBinary(options)) return Voxels(sums, sample, among: null, annotated);
        if (crossEntropy.PositiveWeight is not null || sums.TargetKind == TargetKind.Maps) return sums[SumTerm.VoxelMass, sample][0].Value;
        double weight = 0;
        for (int k = 0; k < sums.Classes; k++) weight += (crossEntropy.ClassWeights?[k] ?? 1) * sums[SumTerm.LabelMass, sample][k].Value;
        return weight;
    }

    // What a sample adds to the divisor of the focal loss.
    private static double DivisorOfFocal(DiceSums sums, int sample, DiceOptions options, Annotation annotated)
    {
        if (options.Focal is not { } focal) return 0;
        if (focal.Average == FocalAverage.Elements) return Voxels(sums, sample, focal.IncludedClasses, annotated);
        double most = 0;
        for (int k = 0; k < sums.Classes; k++)
        {
            if (annotated[k]) most = Math.Max(most, sums[SumTerm.VoxelMass, sample][k].Value);
        }

        return most;
    }

    private static double Voxels(DiceSums sums, int sample, ClassSet? among, Annotation annotated)
    {
        double voxels = 0;
        for (int k = 0; k < sums.Classes; k++)
        {
            if (among?.Contains(k) != false && annotated[k]) voxels += sums[SumTerm.VoxelMass, sample][k].Value;
        }

        return voxels;
    }

    // Classes that do not compete are each against their complement.
    private static bool IsBinary(DiceOptions options) => options.Activation == Activation.Sigmoid;

    private static bool Includes(Focal focal, int k) => focal.IncludedClasses?.Contains(k) != false;

    private static bool Includes(DiceOptions options, SumTerm term, int k) => term is SumTerm.FocalLoss or SumTerm.ComplementFocalLoss
        ? options.Focal is { } focal && Includes(focal, k)
        : options.CrossEntropy is not null;
}
