namespace DiceLoss.Native.Tensors;

/// <summary>
/// Turns DLPack's tensors into descriptors. What can only be wrong in DLPack's terms is checked here; lengths, shapes and strides are
/// checked with all the others.
/// </summary>
internal static unsafe class TensorReader
{
    private const int MaxRank = 64;
    private const byte Bool = 6;

    /// <summary>Describes a tensor.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="name">The name of the argument.</param>
    /// <returns>Its description, which points to its shape and strides.</returns>
    /// <exception cref="ArgumentException">A member has a value that none may have.</exception>
    /// <exception cref="NotSupportedException">It is on another kind of device.</exception>
    public static TensorDescriptor Read(DlTensor* tensor, string name)
    {
        if (tensor == null) throw new ArgumentException("It is NULL.", name);
        ReadOnlySpan<long> shape = Shape(*tensor, name);
        ReadOnlySpan<long> strides = tensor->Strides == null ? default : new(tensor->Strides, tensor->Ndim);
        ElementType type = Type(*tensor, name);
        return new TensorDescriptor(Address(*tensor, shape, type, name), Place(*tensor, name), type, shape, strides);
    }

    /// <summary>Describes a tensor that need not be there.</summary>
    /// <inheritdoc cref="Read"/>
    public static TensorDescriptor ReadOptional(DlTensor* tensor, string name) => tensor == null ? default : Read(tensor, name);

    /// <summary>Refuses labels that are a mask of one class where there should be one of each.</summary>
    /// <param name="targets">Labels or maps.</param>
    /// <param name="logits">The logits.</param>
    /// <param name="name">The name of the argument.</param>
    /// <exception cref="ArgumentException">They are labels of bool, and there are more than two channels.</exception>
    public static void CheckLabels(in DlTensor targets, in TensorDescriptor logits, string name)
    {
        if (targets.TypeCode != Bool || targets.Ndim >= logits.Rank || logits.Rank < 2 || logits.Shape[1] <= 2) return;
        throw new ArgumentException($"The labels are of type bool, which tells two classes apart; the logits have {logits.Shape[1]} channels.", name);
    }

    private static ReadOnlySpan<long> Shape(in DlTensor tensor, string name)
    {
        if (tensor.Ndim is < 0 or > MaxRank) throw new ArgumentException($"ndim is {tensor.Ndim}; it is from 0 to {MaxRank}.", name);
        if (tensor.Ndim > 0 && tensor.Shape == null) throw new ArgumentException($"shape is NULL, but ndim is {tensor.Ndim}.", name);
        return new ReadOnlySpan<long>(tensor.Shape, tensor.Ndim);
    }

    private static ElementType Type(in DlTensor tensor, string name)
    {
        if (tensor.TypeLanes != 1) throw new ArgumentException($"dtype.lanes is {tensor.TypeLanes}; it is 1.", name);
        return (tensor.TypeCode, tensor.TypeBits) switch
        {
            (0, 8) => ElementType.Int8,
            (0, 16) => ElementType.Int16,
            (0, 32) => ElementType.Int32,
            (0, 64) => ElementType.Int64,
            (1, 8) or (Bool, 8) => ElementType.UInt8, // which is stored as 0 and 1
            (2, 16) => ElementType.Float16,
            (2, 32) => ElementType.Float32,
            (2, 64) => ElementType.Float64,
            (4, 16) => ElementType.BFloat16,
            _ => throw new ArgumentException(
                $"dtype has code {tensor.TypeCode} and {tensor.TypeBits} bits; it is 0 (signed integer) with 8, 16, 32 or 64 bits, 1 (unsigned integer) with "
                + "8, 2 (floating point) with 16, 32 or 64, 4 (bfloat16) with 16, or 6 (bool) with 8.", name),
        };
    }

    private static Device Place(in DlTensor tensor, string name) => (tensor.DeviceType, tensor.DeviceId) switch
    {
        ((int)DeviceKind.Cpu, _) => Device.Cpu,
        ((int)DeviceKind.Cuda, >= 0) => Device.Cuda(tensor.DeviceId),
        ((int)DeviceKind.Cuda, _) => throw new ArgumentException($"device.device_id is {tensor.DeviceId}; CUDA devices count from 0.", name),
        _ => throw new NotSupportedException($"{name}: device.device_type is {tensor.DeviceType}; it is 1 (main memory) or 2 (CUDA)."),
    };

    // A scalar at address 0 would otherwise pass for one that is not there, and a kernel on a device would fail at an unaligned element.
    private static nint Address(in DlTensor tensor, ReadOnlySpan<long> shape, ElementType type, string name)
    {
        if (tensor.Data == null && tensor.ByteOffset > 0) throw new ArgumentException($"data is NULL, but byte_offset is {tensor.ByteOffset}.", name);
        if (tensor.Data == null && !shape.Contains(0)) throw new ArgumentException("data is NULL, but there are elements.", name);
        UInt128 address = (UInt128)(nuint)tensor.Data + tensor.ByteOffset;
        if (address > (UInt128)nint.MaxValue) throw new ArgumentException($"byte_offset is {tensor.ByteOffset}, which leaves the address space.", name);
        if (address % (uint)type.Size() != 0)
        {
            throw new ArgumentException($"data with byte_offset {tensor.ByteOffset} is no multiple of the {type.Size()} bytes of an element.", name);
        }

        return (nint)address;
    }
}
