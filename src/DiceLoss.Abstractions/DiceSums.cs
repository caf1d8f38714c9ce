using System.Runtime.InteropServices;

namespace DiceLoss;

/// <summary>
/// The sums of a problem, per sample and class: everything a loss needs to know about the voxels. Sums over parts merge by addition:
/// parts of a volume, micro-batches, threads and processes alike.
/// </summary>
public sealed class DiceSums
{
    private static readonly int s_terms = Enum.GetValues<SumTerm>().Length;

    private readonly CompensatedSum[] _sums;
    private readonly long[] _countedVoxels;

    /// <summary>Makes sums that are all 0.</summary>
    /// <param name="samples">N, 0 or more.</param>
    /// <param name="classes">K, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is out of its range.</exception>
    public DiceSums(long samples, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        Samples = samples;
        Classes = classes;
        _sums = new CompensatedSum[checked(samples * classes * s_terms)];
        _countedVoxels = new long[samples];
    }

    /// <summary>N.</summary>
    public long Samples { get; }

    /// <summary>K.</summary>
    public int Classes { get; }

    /// <summary>M: the voxels that count (those without the ignored label), per sample; writable, for providers.</summary>
    public Span<long> CountedVoxels => _countedVoxels;

    /// <summary>One kind of sum for one sample; writable, for providers.</summary>
    /// <param name="term">Which sum.</param>
    /// <param name="sample">Which sample, from 0.</param>
    /// <returns>The K sums.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sum or sample.</exception>
    public Span<CompensatedSum> this[SumTerm term, long sample]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)term, (uint)s_terms, nameof(term));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)sample, (ulong)Samples, nameof(sample));
            return MemoryMarshal.CreateSpan(ref _sums[((sample * s_terms) + (int)term) * Classes], Classes);
        }
    }

    /// <summary>Adds other sums to these, sample by sample and class by class.</summary>
    /// <param name="other">Sums over other voxels of the same samples and classes. Not modified.</param>
    /// <exception cref="ArgumentException">The numbers of samples or of classes differ.</exception>
    public void Add(DiceSums other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Samples != Samples || other.Classes != Classes)
        {
            throw new ArgumentException(
                $"Sums over {other.Samples} samples and {other.Classes} classes cannot be added to sums over {Samples} samples and {Classes} classes.",
                nameof(other));
        }

        for (int i = 0; i < _sums.Length; i++) _sums[i] += other._sums[i];
        for (int n = 0; n < _countedVoxels.Length; n++) _countedVoxels[n] += other._countedVoxels[n];
    }

    /// <summary>Adds up the samples, as <see cref="DiceReduction.Batch"/> does.</summary>
    /// <returns>New sums with one sample.</returns>
    public DiceSums Pooled()
    {
        var pooled = new DiceSums(1, Classes);
        for (int i = 0; i < _sums.Length; i++) pooled._sums[i % pooled._sums.Length] += _sums[i];
        foreach (long counted in _countedVoxels) pooled._countedVoxels[0] += counted;
        return pooled;
    }
}
