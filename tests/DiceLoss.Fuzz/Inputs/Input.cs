using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace DiceLoss.Fuzz.Inputs;

/// <summary>Makes values of bytes, from the first to the last; behind the last there are zeros.</summary>
/// <param name="bytes">Anything.</param>
internal ref struct Input(ReadOnlySpan<byte> bytes)
{
    private static readonly double[] s_numbers = [0, 1, 0.5, 1e-5, 2, 3.25, 1e-300, 1e300];

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>What is left.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte()
    {
        if (_rest.IsEmpty) return 0;
        byte first = _rest[0];
        _rest = _rest[1..];
        return first;
    }

    public bool Flag() => (Byte() & 1) != 0;

    /// <summary>0 to <paramref name="limit"/> - 1.</summary>
    public int Below(int limit) => Byte() % limit;

    public long Int64()
    {
        Span<byte> eight = stackalloc byte[sizeof(long)];
        Fill(eight);
        return BinaryPrimitives.ReadInt64LittleEndian(eight);
    }

    /// <summary>Mostly a small number, sometimes any at all.</summary>
    public long Length()
    {
        byte small = Byte();
        return small < 0xF8 ? small % 24 : Int64();
    }

    /// <summary>Mostly a small number of either sign, sometimes any at all.</summary>
    public long Stride()
    {
        byte small = Byte();
        return small < 0xF8 ? small - 124 : Int64();
    }

    /// <summary>Mostly an ordinary number, sometimes any at all.</summary>
    public double Number()
    {
        byte which = Byte();
        return which < 0xF0 ? s_numbers[which % s_numbers.Length] : BitConverter.Int64BitsToDouble(Int64());
    }

    /// <summary>Mostly a member of the enumeration, sometimes something else.</summary>
    public T Member<T>()
        where T : struct, Enum
    {
        T[] members = Enumeration<T>.Members;
        byte which = Byte();
        int other = which;
        return which < 0xF8 ? members[which % members.Length] : Unsafe.As<int, T>(ref other);
    }

    /// <summary>One of some values.</summary>
    public T One<T>(ReadOnlySpan<T> values) => values[Below(values.Length)];

    /// <summary>Copies what is left, as far as it goes.</summary>
    public void Fill(scoped Span<byte> destination)
    {
        int there = Math.Min(_rest.Length, destination.Length);
        _rest[..there].CopyTo(destination);
        destination[there..].Clear();
        _rest = _rest[there..];
    }

    // Looked up once: this is on the way of every input.
    private static class Enumeration<T>
        where T : struct, Enum
    {
        public static readonly T[] Members = Enum.GetValues<T>();
    }
}
