using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace DiceLoss;

/// <summary>One weight per class: finite and not negative. Immutable, equal by value; write <c>ClassWeights = [0.2, 0.8]</c>.</summary>
[CollectionBuilder(typeof(ClassWeights), nameof(Create))]
public sealed class ClassWeights : IReadOnlyList<double>, IEquatable<ClassWeights>
{
    private readonly double[] _weights;

    private ClassWeights(double[] weights) => _weights = weights;

    /// <summary>The number of classes.</summary>
    public int Count => _weights.Length;

    /// <summary>The weight of a class.</summary>
    /// <param name="index">Which class, from 0.</param>
    public double this[int index] => _weights[index];

    /// <summary>Copies weights.</summary>
    /// <param name="weights">One weight per class; every one finite and not negative, and their sum finite. Not modified.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, infinite or NaN, or their sum is infinite.</exception>
    public static ClassWeights Create(ReadOnlySpan<double> weights) => Create(weights, nameof(weights));

    /// <summary>The same for weights that the caller knows by another name.</summary>
    internal static ClassWeights Create(ReadOnlySpan<double> weights, string name)
    {
        double sum = 0;
        for (int k = 0; k < weights.Length; k++)
        {
            sum += weights[k];
            if (!double.IsFinite(weights[k]) || weights[k] < 0)
            {
                throw new ArgumentOutOfRangeException(name, weights[k],
                    string.Create(CultureInfo.InvariantCulture, $"The weight of class {k} is {weights[k]}; class weights are finite and not negative."));
            }
        }

        if (double.IsInfinity(sum)) throw new ArgumentOutOfRangeException(name, sum, "The sum of the weights is infinite; it is finite.");
        return new ClassWeights(weights.ToArray());
    }

    /// <inheritdoc/>
    public IEnumerator<double> GetEnumerator() => ((IEnumerable<double>)_weights).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(ClassWeights? other) => other is not null && _weights.AsSpan().SequenceEqual(other._weights);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ClassWeights);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (double weight in _weights) hash.Add(weight);
        return hash.ToHashCode();
    }

    /// <summary>The weights as text, such as <c>[0.2, 0.8]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        $"[{string.Join(", ", _weights.Select(weight => weight.ToString(CultureInfo.InvariantCulture)))}]";
}
