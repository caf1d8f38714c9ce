using DiceLoss.Checks;

namespace DiceLoss.Native.Tensors;

/// <summary>Reads what is annotated from a tensor (N, K).</summary>
internal static unsafe class AnnotatedReader
{
    /// <summary>Reads what is annotated.</summary>
    /// <param name="tensor">The tensor, or none.</param>
    /// <param name="logits">The logits.</param>
    /// <param name="options">What is computed.</param>
    /// <param name="name">The name of the argument.</param>
    /// <returns>Whether it is, row-major; empty for all, and for logits of a shape that is refused later.</returns>
    public static bool[] Read(DlTensor* tensor, in TensorDescriptor logits, DiceOptions options, string name)
    {
        if (tensor == null) return [];
        TensorDescriptor values = TensorReader.Read(tensor, name);
        ProblemChecks.Layout(values, name);
        if (values.Device != Device.Cpu) throw new ArgumentException($"It is on {values.Device}; it is in main memory, wherever the logits are.", name);
        if (values.ElementType is not (ElementType.UInt8 or ElementType.Int8))
        {
            throw new ArgumentException($"It holds {values.ElementType}; it holds bool or 8-bit integers.", name);
        }

        if (logits.Rank < 2) return [];
        (long samples, long classes) = (logits.Shape[0], options.ClassesOf(logits.Shape[1]));
        if (!values.Shape.SequenceEqual([samples, classes]))
        {
            throw new ArgumentException(
                $"It has shape {Shapes.Text(values.Shape)}; it has shape {Shapes.Text([samples, classes])}, samples and classes.", name);
        }

        (long sampleStride, long classStride) = (values.Stride(0), values.Stride(1));
        bool[] annotated = new bool[checked(samples * classes)];
        for (long i = 0; i < annotated.LongLength; i++)
        {
            annotated[i] = ((byte*)values.Address)[(i / classes * sampleStride) + (i % classes * classStride)] != 0;
        }

        return annotated;
    }
}
