namespace DiceLoss;

/// <summary>The derivatives of a loss with respect to its sums: all that the gradient pass needs to know about the loss. Immutable.</summary>
/// <remarks>
/// With A = dL/dI and B = dL/dP, the derivative with respect to a probability is w (A * t + B * e * p^(e-1)); for
/// <see cref="IntersectionForm.Minimum"/>, t is replaced by 1, 1/2 or 0 where p is less than, equal to or greater than t. The provider
/// applies the Jacobian of the activation. What a <see cref="VoxelTerm"/> adds is derived in docs/math.md.
/// </remarks>
public sealed class DiceCoefficients
{
    private readonly double[]?[] _values = new double[Enum.GetValues<SumTerm>().Length][];
    private readonly long _samples;

    /// <summary>Makes coefficients that are still to be filled, row by row.</summary>
    /// <param name="samples">Samples with coefficients of their own; 1 where all have the same.</param>
    /// <param name="classes">K.</param>
    internal DiceCoefficients(long samples, int classes) => (_samples, Classes) = (samples, classes);

    /// <summary>The number of classes, K.</summary>
    public int Classes { get; }

    /// <summary>The derivatives of the loss with respect to one kind of sum of one sample.</summary>
    /// <param name="term">Which sum.</param>
    /// <param name="sample">Which sample, from 0.</param>
    /// <returns>
    /// K numbers, the same for every sample if the samples were pooled. For a sum that the loss does not depend on, zeros or no numbers at all.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sum, or no such sample where samples have numbers of their own.</exception>
    public ReadOnlySpan<double> this[SumTerm term, long sample]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)term, (uint)_values.Length, nameof(term));
            return _values[(int)term] is { } values ? values.AsSpan(First(sample), Classes) : [];
        }
    }

    /// <summary>The same, to be filled; 0 until then.</summary>
    internal Span<double> Row(SumTerm term, long sample) =>
        (_values[(int)term] ??= new double[checked(_samples * Classes)]).AsSpan(First(sample), Classes);

    /// <summary>Coefficients of samples that were pooled, with 0 for what is not annotated.</summary>
    /// <param name="annotated">(N, K).</param>
    internal DiceCoefficients Where(ReadOnlySpan<bool> annotated)
    {
        var each = new DiceCoefficients(annotated.Length / Classes, Classes);
        for (int term = 0; term < _values.Length; term++)
        {
            if (_values[term] is not { } values) continue;
            double[] spread = each._values[term] = new double[annotated.Length];
            for (int i = 0; i < spread.Length; i++) spread[i] = annotated[i] ? values[i % Classes] : 0;
        }

        return each;
    }

    private int First(long sample)
    {
        if (_samples == 1) return 0;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)sample, (ulong)_samples, nameof(sample));
        return (int)(sample * Classes);
    }
}
