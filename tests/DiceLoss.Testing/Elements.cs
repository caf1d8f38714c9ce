namespace DiceLoss.Testing;

/// <summary>Single elements of any type, read and written one by one, as nobody would who is in a hurry.</summary>
public static unsafe class Elements
{
    /// <summary>Reads a floating-point number; exact.</summary>
    public static double ReadNumber(nint address, ElementType type) => type switch
    {
        ElementType.Float32 => *(float*)address,
        ElementType.Float64 => *(double*)address,
        ElementType.Float16 => (double)*(Half*)address,
        ElementType.BFloat16 => ((BFloat16*)address)->ToSingle(),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not floating point."),
    };

    /// <summary>Writes a floating-point number, rounded to nearest.</summary>
    public static void WriteNumber(nint address, ElementType type, double value)
    {
        switch (type)
        {
            case ElementType.Float32: *(float*)address = (float)value; break;
            case ElementType.Float64: *(double*)address = value; break;
            case ElementType.Float16: *(Half*)address = (Half)value; break;
            case ElementType.BFloat16: *(BFloat16*)address = BFloat16.FromSingle((float)value); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "Not floating point.");
        }
    }

    /// <summary>Reads an integer.</summary>
    public static long ReadInteger(nint address, ElementType type) => type switch
    {
        ElementType.Int8 => *(sbyte*)address,
        ElementType.UInt8 => *(byte*)address,
        ElementType.Int16 => *(short*)address,
        ElementType.Int32 => *(int*)address,
        ElementType.Int64 => *(long*)address,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an integer."),
    };

    /// <summary>Writes an integer that the type can hold.</summary>
    public static void WriteInteger(nint address, ElementType type, long value)
    {
        checked
        {
            switch (type)
            {
                case ElementType.Int8: *(sbyte*)address = (sbyte)value; break;
                case ElementType.UInt8: *(byte*)address = (byte)value; break;
                case ElementType.Int16: *(short*)address = (short)value; break;
                case ElementType.Int32: *(int*)address = (int)value; break;
                case ElementType.Int64: *(long*)address = value; break;
                default: throw new ArgumentOutOfRangeException(nameof(type), type, "Not an integer.");
            }
        }
    }

    /// <summary>A number as the type holds it.</summary>
    public static double Rounded(double value, ElementType type)
    {
        double cell = 0;
        WriteNumber((nint)(&cell), type, value);
        return ReadNumber((nint)(&cell), type);
    }

    /// <summary>The smallest and the largest integer of a type.</summary>
    public static (long Least, long Greatest) Range(ElementType type) => type switch
    {
        ElementType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        ElementType.UInt8 => (byte.MinValue, byte.MaxValue),
        ElementType.Int16 => (short.MinValue, short.MaxValue),
        ElementType.Int32 => (int.MinValue, int.MaxValue),
        ElementType.Int64 => (long.MinValue, long.MaxValue),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an integer."),
    };

    /// <summary>Whether a type holds an integer, exactly.</summary>
    public static bool Fits(long value, ElementType type) => type.IsFloatingPoint()
        ? double.IsFinite(Rounded(value, type)) && (Int128)Rounded(value, type) == value
        : value >= Range(type).Least && value <= Range(type).Greatest;
}
