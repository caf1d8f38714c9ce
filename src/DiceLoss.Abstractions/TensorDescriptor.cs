namespace DiceLoss;

/// <summary>
/// A tensor of any library, described in DLPack's terms: where it is, what it holds and how it is laid out. It owns nothing and keeps
/// nothing alive; any tensor library can fill it in.
/// </summary>
/// <remarks>
/// The memory must stay valid and in place until the call that it is passed to returns and, for a call with a stream, until the work that it
/// enqueued there has completed. A wrong description is not memory safe: the library reads and writes exactly the elements that shape and
/// strides name.
/// </remarks>
public readonly ref struct TensorDescriptor
{
    /// <summary>Describes a tensor.</summary>
    /// <param name="address">The address of the element whose indices are all 0, on <paramref name="device"/>; may be 0 when there are no elements.</param>
    /// <param name="device">Where the memory is.</param>
    /// <param name="elementType">What the elements are.</param>
    /// <param name="shape">Elements per dimension, outermost first; empty for a scalar. The span is kept, not copied.</param>
    /// <param name="strides">Elements (not bytes) from one index to the next, per dimension; empty for row-major order without gaps. The span is kept, not copied.</param>
    public TensorDescriptor(
        nint address, Device device, ElementType elementType, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides = default)
    {
        Address = address;
        Device = device;
        ElementType = elementType;
        Shape = shape;
        Strides = strides;
    }

    /// <summary>The address of the element whose indices are all 0.</summary>
    public nint Address { get; }

    /// <summary>Where the memory is.</summary>
    public Device Device { get; }

    /// <summary>What the elements are.</summary>
    public ElementType ElementType { get; }

    /// <summary>Elements per dimension, outermost first.</summary>
    public ReadOnlySpan<long> Shape { get; }

    /// <summary>Elements from one index to the next, per dimension; empty for row-major order without gaps.</summary>
    public ReadOnlySpan<long> Strides { get; }

    /// <summary>The number of dimensions.</summary>
    public int Rank => Shape.Length;

    /// <summary>The number of elements. Only meaningful once the checks of a call have found that it fits in 64 bits.</summary>
    public long ElementCount => Product(Shape);

    /// <summary>The distance between neighbours along a dimension.</summary>
    /// <param name="dimension">Which dimension, from 0.</param>
    /// <returns>The stride in elements.</returns>
    public long Stride(int dimension) => Strides.IsEmpty ? Product(Shape[(dimension + 1)..]) : Strides[dimension];

    private static long Product(ReadOnlySpan<long> shape)
    {
        long product = 1;
        foreach (long length in shape) product *= length;
        return product;
    }
}
