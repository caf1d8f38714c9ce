using System.Globalization;

namespace DiceLoss;

/// <summary>A 16-bit floating-point number: the upper half of a binary32 (8 exponent bits, 7 stored fraction bits).</summary>
/// <param name="bits">The bit pattern.</param>
/// <remarks>A storage type: convert to <see cref="float"/> to compute. Layout as in DLPack's <c>kDLBfloat</c> with 16 bits.</remarks>
public readonly struct BFloat16(ushort bits) : IEquatable<BFloat16>
{
    /// <summary>The bit pattern.</summary>
    public ushort Bits { get; } = bits;

    /// <summary>Converts to 32 bits, exactly.</summary>
    /// <param name="value">The number.</param>
    public static explicit operator float(BFloat16 value) => value.ToSingle();

    /// <summary>Rounds to nearest, ties to even; NaN stays NaN, and a number that is too large becomes infinite.</summary>
    /// <param name="value">The number.</param>
    public static explicit operator BFloat16(float value) => FromSingle(value);

    /// <summary>Whether two values have the same bit pattern.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(BFloat16 left, BFloat16 right) => left.Equals(right);

    /// <summary>Whether two values differ in their bit patterns.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(BFloat16 left, BFloat16 right) => !left.Equals(right);

    /// <summary>Rounds to nearest, ties to even; NaN stays NaN, and a number that is too large becomes infinite.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The nearest 16-bit number.</returns>
    public static BFloat16 FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? new BFloat16((ushort)((bits >> 16) | 0x0040))
            : new BFloat16((ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>Converts to 32 bits, exactly.</summary>
    /// <returns>The same number in 32 bits.</returns>
    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)Bits << 16);

    /// <inheritdoc/>
    public bool Equals(BFloat16 other) => Bits == other.Bits;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Bits;

    /// <inheritdoc/>
    public override string ToString() => ToSingle().ToString(CultureInfo.InvariantCulture);
}
