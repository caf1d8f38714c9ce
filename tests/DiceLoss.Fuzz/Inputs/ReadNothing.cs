using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace DiceLoss.Fuzz.Inputs;

/// <summary>
/// A provider that touches no memory: it looks at what has passed the checks, in numbers that cannot overflow, and finds that it describes
/// memory that can exist.
/// </summary>
internal sealed class ReadNothing : IDiceProvider
{
    // What the algebra does with more of them is no different, but takes its time.
    private const long MostSums = 1 << 12;

    // More are refused.
    private const int MostSumsPassed = 1 << 27;

    // As many elements can be looked at one by one.
    private const int FewElements = 64;

    private static readonly BigInteger s_addressSpace = BigInteger.One << 64;

    public string Name => "nothing";

    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason)
    {
        reason = null;
        return true;
    }

    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
    {
        Hold(problem);
        return problem.Samples * problem.Classes <= MostSums ? default : throw new NotSupportedException("There are too many sums.");
    }

    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination)
    {
        Hold(problem);
        (BigInteger First, BigInteger End) written = Extent(destination);
        ViolationException.Unless(destination.Shape.SequenceEqual(problem.Logits.Shape), "The gradient has another shape than the logits.");
        ViolationException.Unless(!Overlap(written, Extent(problem.Targets)), "The gradient overlaps the targets.");
        ViolationException.Unless(!problem.HasVoxelWeights || !Overlap(written, Extent(problem.VoxelWeights)), "The gradient overlaps the weights.");
        ViolationException.Unless(upstream.Address == 0 || !Overlap(written, Extent(upstream)), "The gradient overlaps its factor.");
        if (destination.ElementCount <= FewElements) ViolationException.Unless(OffsetsDiffer(destination), "Elements of the gradient share an address.");
    }

    private static void Hold(in DiceProblem problem)
    {
        ReadOnlySpan<long> shape = problem.Logits.Shape;
        ViolationException.Unless(shape.Length >= 2 && problem.Samples == shape[0] && problem.Channels == shape[1], "Samples or channels are others.");
        BigInteger voxels = BigInteger.One;
        foreach (long length in shape[2..]) voxels *= length;
        ViolationException.Unless(problem.Voxels == voxels, "The voxels are miscounted.");
        ViolationException.Unless(problem.Classes >= 1 && (BigInteger)problem.Samples * problem.Classes <= MostSumsPassed, "There are more sums than are promised to be refused.");
        Extent(problem.Logits);
        Extent(problem.Targets);
        if (problem.HasVoxelWeights) Extent(problem.VoxelWeights);
    }

    // The bytes that the elements take, found to lie in the address space.
    private static (BigInteger First, BigInteger End) Extent(in TensorDescriptor tensor)
    {
        BigInteger count = BigInteger.One, low = BigInteger.Zero, high = BigInteger.Zero, stride = BigInteger.One;
        for (int d = tensor.Rank - 1; d >= 0; d--)
        {
            ViolationException.Unless(tensor.Shape[d] >= 0, "A length is negative.");
            count *= tensor.Shape[d];
            BigInteger reach = (tensor.Shape[d] - BigInteger.One) * (tensor.Strides.IsEmpty ? stride : tensor.Strides[d]);
            if (reach.Sign < 0) low += reach;
            else high += reach;
            stride *= tensor.Shape[d];
        }

        int size = tensor.ElementType.Size();
        BigInteger address = (nuint)tensor.Address;
        if (count.IsZero) return (address, address);
        ViolationException.Unless(tensor.Address != 0, "There are elements at address 0.");
        ViolationException.Unless(count * size <= long.MaxValue, "The bytes are more than 64 bits can count.");
        (BigInteger first, BigInteger end) = (address + (low * size), address + ((high + 1) * size));
        ViolationException.Unless(first >= 0 && end <= s_addressSpace, "Elements lie outside of the address space.");
        return (first, end);
    }

    private static bool Overlap((BigInteger First, BigInteger End) one, (BigInteger First, BigInteger End) other) =>
        one.First < other.End && other.First < one.End;

    private static bool OffsetsDiffer(in TensorDescriptor tensor)
    {
        var offsets = new HashSet<BigInteger>();
        for (long i = 0; i < tensor.ElementCount; i++)
        {
            long rest = i;
            BigInteger offset = BigInteger.Zero;
            for (int d = tensor.Rank - 1; d >= 0; d--)
            {
                (rest, long index) = Math.DivRem(rest, tensor.Shape[d]);
                offset += (BigInteger)index * tensor.Stride(d);
            }

            if (!offsets.Add(offset)) return false;
        }

        return true;
    }
}
