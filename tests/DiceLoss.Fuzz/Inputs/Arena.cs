using DiceLoss.Testing;

namespace DiceLoss.Fuzz.Inputs;

/// <summary>
/// Memory that is used again for every input, as long as the process lives, between two pages that cannot be touched: reading beside it
/// ends the process.
/// </summary>
internal sealed unsafe class Arena
{
    private readonly nint _first;
    private readonly int _size;

    /// <summary>Maps memory.</summary>
    /// <param name="size">How much, in bytes: whole pages.</param>
    public Arena(int size)
    {
        _size = size;
        _first = new GuardedMemory(size, atEnd: true).Address;
    }

    public Span<byte> Bytes => new((void*)_first, _size);

    /// <summary>Where a piece of it begins that ends, or begins, at a guard page.</summary>
    /// <param name="bytes">The size of the piece; at most that of the arena.</param>
    /// <param name="atEnd">Whether it ends there.</param>
    public nint Piece(long bytes, bool atEnd) => _first + (atEnd ? (nint)(_size - bytes) : 0);

    /// <summary>As many elements right in front of the guard page.</summary>
    public Span<T> Last<T>(int count)
        where T : unmanaged => new((void*)Piece((long)count * sizeof(T), atEnd: true), count);
}
