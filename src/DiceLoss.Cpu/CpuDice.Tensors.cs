using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace DiceLoss.Cpu;

public static partial class CpuDice
{
    /// <summary>Computes the loss of logits in a tensor span, whatever its strides.</summary>
    /// <typeparam name="TLogits">float, double, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <typeparam name="TLabel">sbyte, byte, short, int or long.</typeparam>
    /// <param name="logits">(N, C, *spatial). Not modified.</param>
    /// <param name="labels">(N, *spatial). Not modified.</param>
    /// <param name="options">What to compute; <see langword="null"/> for the defaults.</param>
    /// <param name="provider">Who computes.</param>
    /// <param name="cancellation">Looked at between tiles.</param>
    /// <returns>The loss, and what the backward pass needs.</returns>
    /// <exception cref="ArgumentException">Shapes or options do not fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is neither a class nor the ignored label; the message names the first.</exception>
    /// <exception cref="NotSupportedException">An element type is none of those named above.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static unsafe DiceResult Forward<TLogits, TLabel>(
        in ReadOnlyTensorSpan<TLogits> logits,
        in ReadOnlyTensorSpan<TLabel> labels,
        DiceOptions? options = null,
        CpuProvider? provider = null,
        CancellationToken cancellation = default)
        where TLogits : unmanaged
        where TLabel : unmanaged, IBinaryInteger<TLabel>
    {
        fixed (TLogits* x = logits)
        fixed (TLabel* y = labels)
        {
            return Dice.Forward(
                Describe(x, Longs(logits.Lengths), Longs(logits.Strides)),
                Describe(y, Longs(labels.Lengths), Longs(labels.Strides)),
                options,
                provider ?? CpuProvider.Shared,
                cancellation: cancellation);
        }
    }

    /// <summary>Computes the gradient of the loss by logits in a tensor span, whatever the strides.</summary>
    /// <typeparam name="TLogits">As in the forward pass.</typeparam>
    /// <typeparam name="TLabel">As in the forward pass.</typeparam>
    /// <param name="result">The result of the forward pass.</param>
    /// <param name="logits">The logits of the forward pass, unchanged.</param>
    /// <param name="labels">The labels of the forward pass, unchanged.</param>
    /// <param name="gradient">Where to write; the logits' shape, in other memory. Overwritten.</param>
    /// <param name="upstream">The gradient of the final loss by this one: one number, for <see cref="DiceReduction.None"/> N of them; empty for 1.</param>
    /// <param name="provider">Who computes.</param>
    /// <param name="cancellation">Looked at between tiles; the gradient is then unspecified.</param>
    /// <exception cref="ArgumentException">Shapes and result do not fit each other, or buffers overlap.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static unsafe void Backward<TLogits, TLabel>(
        DiceResult result,
        in ReadOnlyTensorSpan<TLogits> logits,
        in ReadOnlyTensorSpan<TLabel> labels,
        in TensorSpan<TLogits> gradient,
        ReadOnlySpan<double> upstream = default,
        CpuProvider? provider = null,
        CancellationToken cancellation = default)
        where TLogits : unmanaged
        where TLabel : unmanaged, IBinaryInteger<TLabel>
    {
        fixed (TLogits* x = logits, g = gradient)
        fixed (TLabel* y = labels)
        {
            Backward(
                result,
                Describe(x, Longs(logits.Lengths), Longs(logits.Strides)),
                Describe(y, Longs(labels.Lengths), Longs(labels.Strides)),
                upstream,
                Describe(g, Longs(gradient.Lengths), Longs(gradient.Strides)),
                inPlace: false,
                provider,
                cancellation);
        }
    }

    /// <summary>Overwrites logits in a tensor span with the gradient of the loss by them: no further memory at all.</summary>
    /// <typeparam name="TLogits">As in the forward pass.</typeparam>
    /// <typeparam name="TLabel">As in the forward pass.</typeparam>
    /// <param name="result">The result of the forward pass.</param>
    /// <param name="logits">The logits of the forward pass, unchanged. Overwritten with the gradient.</param>
    /// <param name="labels">The labels of the forward pass, unchanged.</param>
    /// <param name="upstream">The gradient of the final loss by this one: one number, for <see cref="DiceReduction.None"/> N of them; empty for 1.</param>
    /// <param name="provider">Who computes.</param>
    /// <exception cref="ArgumentException">Shapes and result do not fit each other.</exception>
    public static unsafe void BackwardInPlace<TLogits, TLabel>(
        DiceResult result,
        in TensorSpan<TLogits> logits,
        in ReadOnlyTensorSpan<TLabel> labels,
        ReadOnlySpan<double> upstream = default,
        CpuProvider? provider = null)
        where TLogits : unmanaged
        where TLabel : unmanaged, IBinaryInteger<TLabel>
    {
        fixed (TLogits* x = logits)
        fixed (TLabel* y = labels)
        {
            TensorDescriptor described = Describe(x, Longs(logits.Lengths), Longs(logits.Strides));
            Backward(
                result, described, Describe(y, Longs(labels.Lengths), Longs(labels.Strides)), upstream, described, inPlace: true, provider);
        }
    }

    // Lengths and strides of tensor spans are native integers: the same bits where pointers have 64.
    private static ReadOnlySpan<long> Longs(ReadOnlySpan<nint> values) =>
        nint.Size == sizeof(long) ? MemoryMarshal.Cast<nint, long>(values) : Array.ConvertAll(values.ToArray(), value => (long)value);
}
