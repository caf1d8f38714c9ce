using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace DiceLoss;

/// <summary>Some of the classes. Immutable, equal by value; write <c>IncludedClasses = [1, 2]</c>.</summary>
[CollectionBuilder(typeof(ClassSet), nameof(Create))]
public sealed class ClassSet : IReadOnlyCollection<int>, IEquatable<ClassSet>
{
    private readonly int[] _classes;

    private ClassSet(int[] classes) => _classes = classes;

    /// <summary>The number of classes.</summary>
    public int Count => _classes.Length;

    /// <summary>The largest one; -1 if there is none.</summary>
    internal int Largest => _classes.Length == 0 ? -1 : _classes[^1];

    /// <summary>Makes a set.</summary>
    /// <param name="classes">Class numbers from 0, in any order. Not modified.</param>
    /// <returns>The set.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    /// <exception cref="ArgumentException">A number occurs twice.</exception>
    public static ClassSet Create(ReadOnlySpan<int> classes)
    {
        int[] sorted = classes.ToArray();
        Array.Sort(sorted);
        for (int i = 0; i < sorted.Length; i++)
        {
            if (sorted[i] < 0) throw new ArgumentOutOfRangeException(nameof(classes), sorted[i], $"The class {sorted[i]} is negative; classes count from 0.");
            if (i > 0 && sorted[i] == sorted[i - 1]) throw new ArgumentException($"The class {sorted[i]} occurs twice.", nameof(classes));
        }

        return new ClassSet(sorted);
    }

    /// <summary>Whether a class is one of them.</summary>
    /// <param name="k">The class.</param>
    /// <returns>Whether it is.</returns>
    public bool Contains(int k) => Array.BinarySearch(_classes, k) >= 0;

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_classes).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(ClassSet? other) => other is not null && _classes.AsSpan().SequenceEqual(other._classes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ClassSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int k in _classes) hash.Add(k);
        return hash.ToHashCode();
    }

    /// <summary>The set as text, such as <c>[1, 2]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        $"[{string.Join(", ", _classes.Select(k => k.ToString(CultureInfo.InvariantCulture)))}]";
}
