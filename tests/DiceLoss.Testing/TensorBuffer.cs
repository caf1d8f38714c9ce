using System.Runtime.InteropServices;

namespace DiceLoss.Testing;

/// <summary>
/// A tensor in native memory, in any layout and at any place. All bytes that belong to no element hold a pattern, so that a stray write
/// shows.
/// </summary>
public sealed unsafe class TensorBuffer : IDisposable
{
    private const byte Pattern = 0xA5;
    private const int Margin = 192;

    private readonly GuardedMemory? _guarded;
    private readonly byte* _block;
    private readonly long _blockBytes;

    /// <summary>Allocates memory for a tensor.</summary>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">Its lengths.</param>
    /// <param name="layout">How its elements lie in memory.</param>
    /// <param name="seed">Chooses an order for <see cref="Layout.Permuted"/>.</param>
    /// <param name="placement">Where its memory lies.</param>
    /// <param name="shift">Bytes between it and the page that it lies beside, whose address is a multiple of everything.</param>
    public TensorBuffer(
        ElementType type, long[] shape, Layout layout = Layout.Contiguous, int seed = 0, Placement placement = Placement.Anywhere, int shift = 0)
    {
        Type = type;
        Shape = shape;
        Layout = layout;
        Strides = StridesFor(shape, layout, seed);

        long low = 0, high = -1;
        if (Count > 0)
        {
            high = 0;
            for (int d = 0; d < shape.Length; d++)
            {
                long reach = (shape[d] - 1) * Strides[d];
                low += Math.Min(reach, 0);
                high += Math.Max(reach, 0);
            }
        }

        long bytes = (high - low + 1) * type.Size();
        if (placement == Placement.Anywhere)
        {
            _blockBytes = bytes + (2 * Margin);
            _block = (byte*)NativeMemory.AlignedAlloc((nuint)_blockBytes, 64);
            Address = (nint)(_block + Margin - (low * type.Size()));
        }
        else
        {
            _guarded = new GuardedMemory(bytes + shift, atEnd: placement == Placement.BeforeGuard);
            _blockBytes = bytes + shift;
            _block = (byte*)_guarded.Address;
            byte* lowest = placement == Placement.AfterGuard ? _block + shift : _block;
            Address = (nint)(lowest - (low * type.Size()));
        }

        Block.Fill(Pattern);
    }

    public ElementType Type { get; }

    public long[] Shape { get; }

    public Layout Layout { get; }

    public long[] Strides { get; }

    /// <summary>The address of the element whose indices are all 0.</summary>
    public nint Address { get; }

    public long Count => Product(Shape);

    public TensorDescriptor Descriptor => new(Address, Device.Cpu, Type, Shape, Layout == Layout.Contiguous ? [] : Strides);

    private Span<byte> Block => new(_block, checked((int)_blockBytes));

    public static long Product(ReadOnlySpan<long> shape)
    {
        long product = 1;
        foreach (long length in shape) product *= length;
        return product;
    }

    public static TensorBuffer Of(
        ElementType type, long[] shape, double[] values, Layout layout = Layout.Contiguous, int seed = 0, Placement placement = Placement.Anywhere, int shift = 0)
    {
        var buffer = new TensorBuffer(type, shape, layout, seed, placement, shift);
        buffer.Write(values);
        return buffer;
    }

    public static TensorBuffer Of(
        ElementType type, long[] shape, long[] values, Layout layout = Layout.Contiguous, int seed = 0, Placement placement = Placement.Anywhere, int shift = 0)
    {
        var buffer = new TensorBuffer(type, shape, layout, seed, placement, shift);
        buffer.Write(values);
        return buffer;
    }

    /// <summary>The address of an element.</summary>
    /// <param name="position">Its position in row-major order of the shape.</param>
    public nint AddressOf(long position)
    {
        if (Layout == Layout.Contiguous) return Address + (nint)(position * Type.Size());
        long offset = 0;
        for (int d = Shape.Length - 1; d >= 0; d--)
        {
            (position, long index) = Math.DivRem(position, Shape[d]);
            offset += index * Strides[d];
        }

        return Address + (nint)(offset * Type.Size());
    }

    public void Write(double[] values)
    {
        for (long i = 0; i < Count; i++)
        {
            if (Type.IsFloatingPoint()) Elements.WriteNumber(AddressOf(i), Type, values[i]);
            else Elements.WriteInteger(AddressOf(i), Type, checked((long)values[i]));
        }
    }

    public void Write(long[] values)
    {
        for (long i = 0; i < Count; i++) Elements.WriteInteger(AddressOf(i), Type, values[i]);
    }

    /// <summary>The values that the memory really holds, in row-major order; integers, too, as doubles.</summary>
    public double[] Numbers()
    {
        double[] values = new double[Count];
        for (long i = 0; i < values.Length; i++)
        {
            values[i] = Type.IsFloatingPoint() ? Elements.ReadNumber(AddressOf(i), Type) : Elements.ReadInteger(AddressOf(i), Type);
        }

        return values;
    }

    /// <summary>The values that the memory really holds, in row-major order.</summary>
    public long[] Integers()
    {
        long[] values = new long[Count];
        for (long i = 0; i < values.Length; i++) values[i] = Elements.ReadInteger(AddressOf(i), Type);
        return values;
    }

    /// <summary>All bytes, those between and around the elements included.</summary>
    public byte[] Snapshot() => Block.ToArray();

    /// <summary>Fails if any byte differs from a snapshot.</summary>
    public void AssertUnchanged(byte[] snapshot) =>
        Assert.True(Block.SequenceEqual(snapshot), $"A buffer that must stay untouched changed, first at byte {Block.CommonPrefixLength(snapshot)}.");

    /// <summary>Gives every element the pattern, which is no result.</summary>
    public void Erase() => Erase(Block);

    /// <summary>Fails if a byte that belongs to no element was written.</summary>
    public void AssertGapsUntouched()
    {
        byte[] bytes = Snapshot();
        Erase(bytes);
        int stray = bytes.AsSpan().IndexOfAnyExcept(Pattern);
        Assert.True(stray < 0, $"A byte outside the elements was written, {stray} bytes into the block ({Type}, {Layout}).");
    }

    /// <summary>From now on, writing ends the process; for guarded placements.</summary>
    public void MakeReadOnly() => _guarded!.MakeReadOnly();

    public void Dispose()
    {
        if (_guarded is not null) _guarded.Dispose();
        else NativeMemory.AlignedFree(_block);
    }

    private void Erase(Span<byte> block)
    {
        for (long i = 0; i < Count; i++) block.Slice((int)(AddressOf(i) - (nint)_block), Type.Size()).Fill(Pattern);
    }

    private static long[] StridesFor(long[] shape, Layout layout, int seed)
    {
        int[] order = [.. Enumerable.Range(0, shape.Length)];
        if (layout == Layout.Permuted) new Random(seed).Shuffle(order);
        if (layout == Layout.ChannelsLast && shape.Length > 1) order = [0, .. order[2..], 1];

        long[] strides = new long[shape.Length];
        long next = layout == Layout.Stepped ? 2 : 1;
        for (int i = order.Length - 1; i >= 0; i--)
        {
            int d = order[i];
            bool outermostStep = layout == Layout.Stepped && i == 0;
            strides[d] = outermostStep ? 3 * next : next;
            next *= shape[d] + (layout == Layout.Cropped ? 2 + (d % 2) : 0);
        }

        if (layout == Layout.Reversed) strides = Array.ConvertAll(strides, stride => -stride);
        if (layout == Layout.Expanded && shape.Length > 0) strides[0] = 0;
        return strides;
    }
}
