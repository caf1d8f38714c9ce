namespace DiceLoss;

/// <summary>Facts about an <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>The size of one element.</summary>
    /// <param name="type">An element type.</param>
    /// <returns>The size in bytes: 1, 2, 4 or 8.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is not a member of the enumeration.</exception>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Int8 or ElementType.UInt8 => 1,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 => 2,
        ElementType.Float32 or ElementType.Int32 => 4,
        ElementType.Float64 or ElementType.Int64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an element type."),
    };

    /// <summary>Whether the type can hold logits, gradients and losses.</summary>
    /// <param name="type">An element type.</param>
    /// <returns><see langword="true"/> for the four floating-point types.</returns>
    public static bool IsFloatingPoint(this ElementType type) =>
        type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16;

    /// <summary>The type in which a loss over logits of this type is returned.</summary>
    /// <param name="logits">The type of the logits.</param>
    /// <returns><see cref="ElementType.Float64"/> for float64 logits, otherwise <see cref="ElementType.Float32"/>.</returns>
    public static ElementType LossType(this ElementType logits) =>
        logits == ElementType.Float64 ? ElementType.Float64 : ElementType.Float32;

    /// <summary>The element type that a .NET type is stored as.</summary>
    /// <typeparam name="T">
    /// <see cref="float"/>, <see cref="double"/>, <see cref="Half"/>, <see cref="BFloat16"/>, <see cref="sbyte"/>, <see cref="byte"/>,
    /// <see cref="bool"/>, <see cref="short"/>, <see cref="int"/> or <see cref="long"/>.
    /// </typeparam>
    /// <returns>The element type.</returns>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public static ElementType Of<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return ElementType.Float32;
        if (typeof(T) == typeof(double)) return ElementType.Float64;
        if (typeof(T) == typeof(Half)) return ElementType.Float16;
        if (typeof(T) == typeof(BFloat16)) return ElementType.BFloat16;
        if (typeof(T) == typeof(sbyte)) return ElementType.Int8;
        if (typeof(T) == typeof(byte) || typeof(T) == typeof(bool)) return ElementType.UInt8;
        if (typeof(T) == typeof(short)) return ElementType.Int16;
        if (typeof(T) == typeof(int)) return ElementType.Int32;
        if (typeof(T) == typeof(long)) return ElementType.Int64;
        throw new NotSupportedException(
            $"Elements of type {typeof(T)} are not supported: float, double, Half or BFloat16 for logits, soft targets and weights; sbyte, byte, short, int or long for labels and masks, bool for masks.");
    }
}
