namespace DiceLoss.Bench.Inputs;

/// <summary>Numbers as elements of logits, and back. The type tests and casts are gone once the code is compiled.</summary>
internal static class ElementValue
{
    /// <summary>Rounds to the element type, to nearest.</summary>
    public static T From<T>(float value)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return (T)(object)value;
        if (typeof(T) == typeof(double)) return (T)(object)(double)value;
        if (typeof(T) == typeof(Half)) return (T)(object)(Half)value;
        if (typeof(T) == typeof(BFloat16)) return (T)(object)BFloat16.FromSingle(value);
        throw new NotSupportedException($"Logits are not of type {typeof(T)}.");
    }

    /// <summary>The number that an element is, exactly.</summary>
    public static double ToDouble<T>(T element)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return (float)(object)element;
        if (typeof(T) == typeof(double)) return (double)(object)element;
        if (typeof(T) == typeof(Half)) return (double)(Half)(object)element;
        if (typeof(T) == typeof(BFloat16)) return ((BFloat16)(object)element).ToSingle();
        throw new NotSupportedException($"Logits are not of type {typeof(T)}.");
    }
}
