using System.Numerics;

namespace DiceLoss.Cpu;

/// <summary>
/// The Dice loss over .NET memory: arrays and spans with a shape, tensor spans, and raw memory of any size. The work is done by
/// <see cref="CpuProvider.Shared"/> unless another provider is passed.
/// </summary>
/// <remarks>Deterministic and thread-safe; see <see cref="Dice"/> for the definition and <see cref="DiceOptions"/> for the formula.</remarks>
public static partial class CpuDice
{
    /// <summary>Computes the loss of row-major logits.</summary>
    /// <typeparam name="TLogits">float, double, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <typeparam name="TLabel">sbyte, byte, short, int or long.</typeparam>
    /// <param name="logits">N * C * voxels elements, row-major. Not modified.</param>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="labels">N * voxels labels, row-major. Not modified.</param>
    /// <param name="options">What to compute; <see langword="null"/> for the defaults.</param>
    /// <param name="provider">Who computes.</param>
    /// <param name="cancellation">Looked at between tiles.</param>
    /// <returns>The loss, and what the backward pass needs.</returns>
    /// <exception cref="ArgumentException">Shape, lengths or options do not fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is neither a class nor the ignored label; the message names the first.</exception>
    /// <exception cref="NotSupportedException">An element type is none of those named above.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static unsafe DiceResult Forward<TLogits, TLabel>(
        ReadOnlySpan<TLogits> logits,
        ReadOnlySpan<long> shape,
        ReadOnlySpan<TLabel> labels,
        DiceOptions? options = null,
        CpuProvider? provider = null,
        CancellationToken cancellation = default)
        where TLogits : unmanaged
        where TLabel : unmanaged, IBinaryInteger<TLabel>
    {
        Span<long> labelShape = stackalloc long[LabelRank(shape)];
        CheckLengths(logits.Length, shape, labels.Length, labelShape);
        fixed (TLogits* x = logits)
        fixed (TLabel* y = labels)
        {
            return Dice.Forward(
                Describe(x, shape), Describe(y, labelShape), options, provider ?? CpuProvider.Shared, cancellation: cancellation);
        }
    }

    /// <summary>Computes the gradient of the loss by row-major logits.</summary>
    /// <typeparam name="TLogits">As in the forward pass.</typeparam>
    /// <typeparam name="TLabel">As in the forward pass.</typeparam>
    /// <param name="result">The result of the forward pass.</param>
    /// <param name="logits">The logits of the forward pass, unchanged.</param>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="labels">The labels of the forward pass, unchanged.</param>
    /// <param name="gradient">Where to write; as many elements as there are logits, in other memory. Overwritten.</param>
    /// <param name="upstream">The gradient of the final loss by this one: one number, for <see cref="DiceReduction.None"/> N of them; empty for 1.</param>
    /// <param name="provider">Who computes.</param>
    /// <param name="cancellation">Looked at between tiles; the gradient is then unspecified.</param>
    /// <exception cref="ArgumentException">Shape, lengths and result do not fit each other, or buffers overlap.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static unsafe void Backward<TLogits, TLabel>(
        DiceResult result,
        ReadOnlySpan<TLogits> logits,
        ReadOnlySpan<long> shape,
        ReadOnlySpan<TLabel> labels,
        Span<TLogits> gradient,
        ReadOnlySpan<double> upstream = default,
        CpuProvider? provider = null,
        CancellationToken cancellation = default)
        where TLogits : unmanaged
        where TLabel : unmanaged, IBinaryInteger<TLabel>
    {
        Span<long> labelShape = stackalloc long[LabelRank(shape)];
        CheckLengths(logits.Length, shape, labels.Length, labelShape);
        if (gradient.Length != logits.Length)
        {
            throw new ArgumentException($"The gradient has {gradient.Length} elements for {logits.Length} logits.", nameof(gradient));
        }

        fixed (TLogits* x = logits, g = gradient)
        fixed (TLabel* y = labels)
        {
            Backward(
                result, Describe(x, shape), Describe(y, labelShape), upstream, Describe(g, shape), inPlace: false, provider, cancellation);
        }
    }

    /// <summary>Overwrites row-major logits with the gradient of the loss by them: no further memory at all.</summary>
    /// <typeparam name="TLogits">As in the forward pass.</typeparam>
    /// <typeparam name="TLabel">As in the forward pass.</typeparam>
    /// <param name="result">The result of the forward pass.</param>
    /// <param name="logits">The logits of the forward pass, unchanged. Overwritten with the gradient.</param>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="labels">The labels of the forward pass, unchanged.</param>
    /// <param name="upstream">The gradient of the final loss by this one: one number, for <see cref="DiceReduction.None"/> N of them; empty for 1.</param>
    /// <param name="provider">Who computes.</param>
    /// <exception cref="ArgumentException">Shape, lengths and result do not fit each other.</exception>
    public static unsafe void BackwardInPlace<TLogits, TLabel>(
        DiceResult result,
        Span<TLogits> logits,
        ReadOnlySpan<long> shape,
        ReadOnlySpan<TLabel> labels,
        ReadOnlySpan<double> upstream = default,
        CpuProvider? provider = null)
        where TLogits : unmanaged
        where TLabel : unmanaged, IBinaryInteger<TLabel>
    {
        Span<long> labelShape = stackalloc long[LabelRank(shape)];
        CheckLengths(logits.Length, shape, labels.Length, labelShape);
        fixed (TLogits* x = logits)
        fixed (TLabel* y = labels)
        {
            Backward(result, Describe(x, shape), Describe(y, labelShape), upstream, Describe(x, shape), inPlace: true, provider);
        }
    }

    private static unsafe void Backward(
        DiceResult result,
        TensorDescriptor logits,
        TensorDescriptor labels,
        ReadOnlySpan<double> upstream,
        TensorDescriptor gradient,
        bool inPlace,
        CpuProvider? provider,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        bool perSample = result.Options.Reduction == DiceReduction.None;
        if (upstream.Length > 0 && upstream.Length != 1 && !perSample)
        {
            throw new ArgumentException(
                $"There are {upstream.Length} upstream numbers; {nameof(DiceReduction)}.{result.Options.Reduction} takes one, or none for 1.", nameof(upstream));
        }

        ReadOnlySpan<long> upstreamShape = perSample && upstream.Length > 0 ? [upstream.Length] : [];
        fixed (double* u = upstream)
        {
            Dice.Backward(
                result, logits, labels, Describe(u, upstreamShape), gradient, inPlace, provider ?? CpuProvider.Shared, cancellation: cancellation);
        }
    }

    private static unsafe TensorDescriptor Describe<T>(T* elements, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides = default)
        where T : unmanaged => new((nint)elements, Device.Cpu, ElementTypes.Of<T>(), shape, strides);

    private static int LabelRank(ReadOnlySpan<long> shape)
    {
        const int MaxRank = 64;
        return shape.Length is >= 2 and <= MaxRank ? shape.Length - 1 : throw new ArgumentException(
            $"The shape is [{string.Join(", ", shape.ToArray())}]; logits have shape (N, C, ...) with 2 to {MaxRank} dimensions.", nameof(shape));
    }

    // A span carries its length, so that a shape that does not fit it is found before it is described as memory.
    private static void CheckLengths(int logits, ReadOnlySpan<long> shape, int labels, Span<long> labelShape)
    {
        labelShape[0] = shape[0];
        shape[2..].CopyTo(labelShape[1..]);
        if (Elements(shape) != logits)
        {
            throw new ArgumentException(
                $"There are {logits} logits for the shape [{string.Join(", ", shape.ToArray())}].", nameof(logits));
        }

        if (Elements(labelShape) != labels)
        {
            throw new ArgumentException(
                $"There are {labels} labels for logits of shape [{string.Join(", ", shape.ToArray())}]; they have shape "
                + $"[{string.Join(", ", labelShape.ToArray())}].", nameof(labels));
        }
    }

    // -1 for what no span can hold.
    private static long Elements(ReadOnlySpan<long> shape)
    {
        Int128 elements = 1;
        foreach (long length in shape)
        {
            if (length < 0) return -1;
            elements *= Math.Min(length, int.MaxValue + 1L);
            if (elements > long.MaxValue / 2) elements = long.MaxValue / 2;
        }

        return (long)elements;
    }
}
