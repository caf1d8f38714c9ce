namespace DiceLoss.Algebra;

/// <summary>Which classes each sample tells anything about; about the others it has no loss, no gradient and no share in averages.</summary>
internal readonly ref struct Annotation
{
    private readonly ReadOnlySpan<bool> _values;
    private readonly int _classes;

    /// <summary>Looks at what is annotated.</summary>
    /// <param name="values">(N, K), row-major; empty for all.</param>
    /// <param name="classes">K.</param>
    public Annotation(ReadOnlySpan<bool> values, int classes)
    {
        _values = values;
        _classes = classes;
    }

    /// <summary>Whether a class of the first sample is annotated.</summary>
    public bool this[int k] => _values.IsEmpty || _values[k];

    /// <summary>That of one sample.</summary>
    public Annotation OfSample(int sample) => _values.IsEmpty ? this : new(_values.Slice(sample * _classes, _classes), _classes);

    /// <summary>That of all samples as one: what any of them tells something about.</summary>
    public Annotation Anywhere()
    {
        bool[] anywhere = new bool[_values.IsEmpty ? 0 : _classes];
        for (int i = 0; i < _values.Length; i++) anywhere[i % _classes] |= _values[i];
        return new(anywhere, _classes);
    }
}
