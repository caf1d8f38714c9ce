namespace DiceLoss.Fuzz.Inputs;

/// <summary>A description of a tensor that need not be one.</summary>
internal sealed record AnyTensor
{
    public nint Address { get; init; }

    public Device Device { get; init; } = Device.Cpu;

    public ElementType Type { get; init; }

    public long[] Shape { get; init; } = [];

    public long[] Strides { get; init; } = [];

    public TensorDescriptor Descriptor => new(Address, Device, Type, Shape, Strides);

    public static AnyTensor Read(ref Input input) => Read(ref input, ReadLengths(ref input));

    /// <summary>A tensor of a shape that is known.</summary>
    public static AnyTensor Read(ref Input input, long[] shape)
    {
        AnyTensor tensor = new()
        {
            Type = input.Member<ElementType>(),
            Device = input.Byte() < 0xF0 ? Device.Cpu : new Device(input.Member<DeviceKind>(), input.Byte()),
            Shape = shape,
            Address = input.Byte() switch
            {
                < 0x80 => 1 << 20,
                < 0xA0 => 0,
                < 0xC0 => -(1 << 20),
                _ => (nint)input.Int64(),
            },
        };
        if (!input.Flag()) return tensor;
        long[] strides = new long[input.Byte() < 0xF0 ? shape.Length : input.Below(8)];
        for (int d = 0; d < strides.Length; d++) strides[d] = input.Stride();
        return tensor with { Strides = strides };
    }

    private static long[] ReadLengths(ref Input input)
    {
        long[] lengths = new long[input.Below(8)];
        for (int d = 0; d < lengths.Length; d++) lengths[d] = input.Length();
        return lengths;
    }
}
