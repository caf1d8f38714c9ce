using DiceLoss.Checks;

namespace DiceLoss;

/// <summary>
/// The sums of a problem, per sample and class: everything a loss needs to know about the voxels. Sums over parts merge by addition:
/// parts of a volume, micro-batches, threads and processes alike.
/// </summary>
public sealed class DiceSums
{
    /// <summary>How many sums of a kind there may be at most: with them, what is kept of parts fits into arrays.</summary>
    internal const long Most = 1 << 27;

    // By term; those that nobody has asked for are not there, which is as good as 0.
    private readonly CompensatedSum[]?[] _sums = new CompensatedSum[Enum.GetValues<SumTerm>().Length][];

    /// <summary>Makes sums that are all 0.</summary>
    /// <param name="samples">N, 0 or more; N * K is at most 2^27.</param>
    /// <param name="classes">K, 1 or more.</param>
    /// <param name="targetKind">The kind of targets that the sums are over.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is out of its range, or there is no such kind of targets.</exception>
    public DiceSums(long samples, int classes, TargetKind targetKind = TargetKind.Labels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (samples > Most / classes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(samples), samples, $"{samples} samples of {classes} classes are too many: there are at most {Most} sums of a kind.");
        }

        Samples = samples;
        Classes = classes;
        TargetKind = OptionValues.Member(targetKind, nameof(targetKind));
    }

    /// <summary>The number of samples, N.</summary>
    public long Samples { get; }

    /// <summary>The number of classes, K.</summary>
    public int Classes { get; }

    /// <summary>The kind of targets that the sums are over: cross-entropy has different divisors for labels and maps.</summary>
    public TargetKind TargetKind { get; }

    /// <summary>One kind of sum for one sample; writable, for providers.</summary>
    /// <param name="term">Which sum.</param>
    /// <param name="sample">Which sample, from 0.</param>
    /// <returns>The K sums.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sum or sample.</exception>
    public Span<CompensatedSum> this[SumTerm term, long sample]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)term, (uint)_sums.Length, nameof(term));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)sample, (ulong)Samples, nameof(sample));
            return OfTerm((int)term).AsSpan((int)(sample * Classes), Classes);
        }
    }

    /// <summary>Whether some of them were taken without a look at the prediction: what was counted of it is not that of all voxels.</summary>
    internal bool LackPrediction { get; set; }

    /// <summary>Adds other sums to these, sample by sample and class by class.</summary>
    /// <param name="other">Sums over other voxels of the same samples and classes. Not modified.</param>
    /// <exception cref="ArgumentNullException"><paramref name="other"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">The numbers of samples or classes differ, or the kinds of targets.</exception>
    public void Add(DiceSums other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Samples != Samples || other.Classes != Classes || other.TargetKind != TargetKind)
        {
            throw new ArgumentException(
                $"Sums over {other.TargetKind}, {other.Samples} samples and {other.Classes} classes cannot be added to sums over {TargetKind}, {Samples} samples "
                + $"and {Classes} classes.", nameof(other));
        }

        LackPrediction |= other.LackPrediction;
        for (int term = 0; term < _sums.Length; term++)
        {
            if (other._sums[term] is not { } addends) continue;
            CompensatedSum[] sums = OfTerm(term);
            for (int i = 0; i < sums.Length; i++) sums[i] += addends[i];
        }
    }

    /// <summary>
    /// Adds up the samples, as <see cref="DiceReduction.Batch"/> does. Pooled sums of batches of any size can be added to each other; with that reduction
    /// <see cref="Dice.Evaluate"/> then computes the loss of all batches together, and its result serves the backward pass of each.
    /// </summary>
    /// <returns>New sums with one sample.</returns>
    public DiceSums Pooled() => Pooled([]);

    /// <summary>The same over what is annotated, (N, K); empty for all.</summary>
    internal DiceSums Pooled(ReadOnlySpan<bool> annotated)
    {
        var pooled = new DiceSums(1, Classes, TargetKind) { LackPrediction = LackPrediction };
        for (int term = 0; term < _sums.Length; term++)
        {
            if (_sums[term] is not { } addends) continue;
            CompensatedSum[] sums = pooled.OfTerm(term);
            for (int i = 0; i < addends.Length; i++)
            {
                if (annotated.IsEmpty || annotated[i]) sums[i % Classes] += addends[i];
            }
        }

        return pooled;
    }

    private CompensatedSum[] OfTerm(int term)
    {
        if (Volatile.Read(ref _sums[term]) is { } sums) return sums;
        var zeros = new CompensatedSum[Samples * Classes];
        return Interlocked.CompareExchange(ref _sums[term], zeros, null) ?? zeros;
    }
}
