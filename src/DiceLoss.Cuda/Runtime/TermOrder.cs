using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary>The order in which kernels hold sums and coefficients: that of the enumerations in <c>sums.cu</c> and <c>gradient.cu</c>.</summary>
internal static class TermOrder
{
    /// <summary>Room for the terms of any kernel.</summary>
    public const int MostTerms = 16;

    /// <summary>Whether each class has its own voxels, and so its own <see cref="SumTerm.VoxelMass"/>.</summary>
    public static bool HasVoxelMasses(in KernelSpecialisation kernel) => kernel.Maps && !kernel.ClassesCompete;

    /// <summary>The sums of a class; behind those of all classes comes one for the voxels that count.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="terms">Room for <see cref="MostTerms"/>.</param>
    /// <returns>The part that is used.</returns>
    public static ReadOnlySpan<SumTerm> OfSums(in KernelSpecialisation kernel, Span<SumTerm> terms)
    {
        int count = 0;
        terms[count++] = SumTerm.Intersection;
        terms[count++] = SumTerm.PredictionMass;
        terms[count++] = SumTerm.LabelMass;
        if (HasVoxelMasses(kernel)) terms[count++] = SumTerm.VoxelMass;
        count += OfVoxelTerm(kernel, terms[count..]);
        if (kernel.Hard == HardPrediction.None) return terms[..count];
        terms[count++] = SumTerm.HardIntersection;
        terms[count++] = SumTerm.HardPredictionMass;
        return terms[..count];
    }

    /// <summary>The sums by which the gradient kernel needs the derivatives.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="terms">Room for <see cref="MostTerms"/>.</param>
    /// <returns>The part that is used.</returns>
    public static ReadOnlySpan<SumTerm> OfCoefficients(in KernelSpecialisation kernel, Span<SumTerm> terms)
    {
        terms[0] = SumTerm.Intersection;
        terms[1] = SumTerm.PredictionMass;
        return terms[..(2 + OfVoxelTerm(kernel, terms[2..]))];
    }

    private static int OfVoxelTerm(in KernelSpecialisation kernel, Span<SumTerm> terms)
    {
        int count = 0;
        if (kernel.Term == VoxelTerm.None) return count;
        terms[count++] = SumTerm.LogLoss;
        if (kernel.Term == VoxelTerm.SmoothedCrossEntropy) terms[count++] = SumTerm.UniformLogLoss;
        if (!kernel.ClassesCompete) terms[count++] = SumTerm.ComplementLogLoss;
        if (kernel.Term != VoxelTerm.Focal) return count;
        terms[count++] = SumTerm.FocalLoss;
        if (!kernel.ClassesCompete) terms[count++] = SumTerm.ComplementFocalLoss;
        return count;
    }
}
