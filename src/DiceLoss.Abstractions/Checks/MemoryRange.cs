namespace DiceLoss.Checks;

/// <summary>The bytes from the first to behind the last that a tensor may touch.</summary>
/// <param name="First">The lowest address.</param>
/// <param name="End">The address behind the highest; equal to <paramref name="First"/> without elements.</param>
internal readonly record struct MemoryRange(Int128 First, Int128 End)
{
    public static MemoryRange Of(in TensorDescriptor tensor)
    {
        Int128 low = 0, high = 0;
        for (int d = 0; d < tensor.Rank; d++)
        {
            if (tensor.Shape[d] == 0) return new MemoryRange(tensor.Address, tensor.Address);
            Int128 reach = (Int128)(tensor.Shape[d] - 1) * tensor.Stride(d);
            if (reach < 0) low += reach;
            else high += reach;
        }

        int size = tensor.ElementType.Size();
        return new MemoryRange((nuint)tensor.Address + (low * size), (nuint)tensor.Address + ((high + 1) * size));
    }

    public bool Overlaps(MemoryRange other) => First < other.End && other.First < End;

    public bool FitsAddressSpace => First >= 0 && End <= nuint.MaxValue && End - First <= long.MaxValue;
}
