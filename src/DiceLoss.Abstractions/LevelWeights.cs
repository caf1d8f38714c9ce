using System.Globalization;
using System.Runtime.CompilerServices;

namespace DiceLoss;

/// <summary>The factor of each level of deep supervision in the loss; level 0 is the full resolution. Immutable, equal by value.</summary>
/// <remarks>Either a rule for any number of levels, or given numbers: write <c>LevelWeights.Create(1, 0.5, 0.25)</c>.</remarks>
public sealed class LevelWeights : IEquatable<LevelWeights>
{
    private readonly string _rule;
    private readonly double[] _given;
    private readonly Func<int, double[]> _weights;

    private LevelWeights(Func<int, double[]> weights, double[]? given = null, [CallerMemberName] string rule = "")
    {
        _weights = weights;
        _given = given ?? [];
        _rule = rule;
    }

    /// <summary>1/2^l, divided by their sum; the default.</summary>
    public static LevelWeights Halved { get; } = new(levels => Normalized(Halves(levels, 0)));

    /// <summary>nnU-Net's: 1/2^l and 0 for the coarsest level, divided by their sum. A single level has weight 1.</summary>
    public static LevelWeights NnUNet { get; } = new(levels => Normalized(levels == 1 ? [1] : [.. Halves(levels - 1, 0), 0]));

    /// <summary>MONAI's "exp": max(1/2^l, 1/16), not divided.</summary>
    public static LevelWeights Monai { get; } = new(levels => Halves(levels, 0.0625));

    /// <summary>MONAI's "same": 1 each.</summary>
    public static LevelWeights Same { get; } = new(levels => [.. Enumerable.Repeat(1.0, levels)]);

    /// <summary>MONAI's "two": 1, and 1/2 for every coarser level.</summary>
    public static LevelWeights Two { get; } = new(levels => [1, .. Enumerable.Repeat(0.5, levels - 1)]);

    /// <summary>Gives each level its weight.</summary>
    /// <param name="weights">One weight per level, finest first: finite, not negative, not all 0. Not modified.</param>
    /// <returns>The weights, for exactly that many levels.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, infinite or NaN.</exception>
    /// <exception cref="ArgumentException">There are none, or all are 0.</exception>
    public static LevelWeights Create(params ReadOnlySpan<double> weights)
    {
        for (int l = 0; l < weights.Length; l++)
        {
            if (!double.IsFinite(weights[l]) || weights[l] < 0)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(weights), weights[l], string.Create(CultureInfo.InvariantCulture, $"The weight of level {l} is {weights[l]}; it is finite and not negative."));
            }
        }

        if (!weights.ContainsAnyExcept(0))
        {
            throw new ArgumentException(weights.IsEmpty ? "There are no weights; there is one per level." : "All weights are 0; then there is no loss.", nameof(weights));
        }

        double[] given = weights.ToArray();
        return new LevelWeights(
            levels => levels == given.Length ? [.. given] : throw new ArgumentException($"There are {given.Length} weights for {levels} levels.", nameof(levels)), given);
    }

    /// <summary>Computes the weights for a number of levels.</summary>
    /// <param name="levels">How many levels; 1 or more.</param>
    /// <returns>One weight per level, finest first; a new array.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="levels"/> is not positive.</exception>
    /// <exception cref="ArgumentException">The weights are given numbers, and their count is not <paramref name="levels"/>.</exception>
    public double[] For(int levels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(levels);
        return _weights(levels);
    }

    /// <inheritdoc/>
    public bool Equals(LevelWeights? other) => other is not null && _rule == other._rule && _given.AsSpan().SequenceEqual(other._given);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LevelWeights);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_rule, _given.Length, _given.FirstOrDefault());

    /// <summary>The weights as text, such as <c>Halved</c> or <c>[1, 0.5, 0.25]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        _given.Length == 0 ? _rule : $"[{string.Join(", ", _given.Select(weight => weight.ToString(CultureInfo.InvariantCulture)))}]";

    private static double[] Halves(int levels, double least) => [.. Enumerable.Range(0, levels).Select(l => Math.Max(Math.Pow(0.5, l), least))];

    private static double[] Normalized(double[] weights)
    {
        double sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
