using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace DiceLoss.Cpu;

public static partial class CpuDice
{
    /// <summary>Computes the loss of logits in a tensor span, whatever its strides.</summary>
    /// <typeparam name="TLogits">float, double, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <typeparam name="TTarget">For labels or masks sbyte, byte, short, int or long, for masks also bool; for soft targets any type that logits can have.</typeparam>
    /// <param name="logits">(N, C, *spatial). Not modified.</param>
    /// <param name="targets">Labels (N, *spatial), or masks or soft targets (N, C, *spatial). Not modified.</param>
    /// <param name="options">What to compute; <see langword="null"/> for the defaults.</param>
    /// <param name="provider">The provider that computes; <see langword="null"/> for <see cref="CpuProvider.Shared"/>.</param>
    /// <param name="voxelWeights">One weight per voxel, (N, *spatial) or (1, *spatial); empty for 1 each. Not modified.</param>
    /// <param name="annotated">Whether a class is annotated in a sample, N * K, row-major; empty for all. Not modified.</param>
    /// <param name="cancellation">Checked between tiles.</param>
    /// <returns>The loss, and what the backward pass needs.</returns>
    /// <exception cref="ArgumentException">Shapes or options do not fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A label is neither a class nor the ignored label, a value of a map neither from 0 to 1 nor that label, or a weight is negative or not finite; the
    /// message names the first such value.
    /// </exception>
    /// <exception cref="NotSupportedException">An element type is not one of those named above.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// The number of samples times classes, or of classes alone, needs more working memory than there is. No work was started.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static unsafe DiceResult Forward<TLogits, TTarget>(
        in ReadOnlyTensorSpan<TLogits> logits,
        in ReadOnlyTensorSpan<TTarget> targets,
        DiceOptions? options = null,
        CpuProvider? provider = null,
        in ReadOnlyTensorSpan<TLogits> voxelWeights = default,
        ReadOnlySpan<bool> annotated = default,
        CancellationToken cancellation = default)
        where TLogits : unmanaged
        where TTarget : unmanaged
    {
        if (logits.Rank >= 2 && targets.Rank == logits.Rank - 1) CheckLabels<TTarget>(logits.Lengths[1], nameof(targets));
        fixed (TLogits* x = logits, w = voxelWeights)
        fixed (TTarget* y = targets)
        {
            return Dice.Forward(
                Describe(x, Longs(logits.Lengths), Longs(logits.Strides)),
                new DiceTargets(Describe(y, Longs(targets.Lengths), Longs(targets.Strides))) { VoxelWeights = Weights(w, voxelWeights), Annotated = annotated },
                options,
                provider ?? CpuProvider.Shared,
                cancellation: cancellation);
        }
    }

    /// <summary>Computes the gradient of the loss with respect to logits in a tensor span, whatever the strides.</summary>
    /// <typeparam name="TLogits">As in the forward pass.</typeparam>
    /// <typeparam name="TTarget">As in the forward pass.</typeparam>
    /// <param name="result">The result of the forward pass.</param>
    /// <param name="logits">The logits of the forward pass, unchanged.</param>
    /// <param name="targets">The targets of the forward pass, unchanged.</param>
    /// <param name="gradient">Where to write the gradient: the logits' shape, in other memory. Overwritten.</param>
    /// <param name="upstream">
    /// The gradient of the final loss with respect to this one: one number, or one for each of <see cref="DiceResult.Losses"/>; empty for 1.
    /// </param>
    /// <param name="provider">The provider that computes; <see langword="null"/> for <see cref="CpuProvider.Shared"/>.</param>
    /// <param name="voxelWeights">The weights of the forward pass, unchanged.</param>
    /// <param name="cancellation">Checked between tiles; after cancellation the gradient is unspecified.</param>
    /// <exception cref="ArgumentException">Shapes and result do not fit each other, or buffers overlap.</exception>
    /// <exception cref="InvalidOperationException">Targets that were valid in the forward pass are now invalid; the gradient is unspecified.</exception>
    /// <exception cref="NotSupportedException">An element type is not one of those of the forward pass.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// The number of samples times classes, or of classes alone, needs more working memory than there is. No work was started.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static unsafe void Backward<TLogits, TTarget>(
        DiceResult result,
        in ReadOnlyTensorSpan<TLogits> logits,
        in ReadOnlyTensorSpan<TTarget> targets,
        in TensorSpan<TLogits> gradient,
        ReadOnlySpan<double> upstream = default,
        CpuProvider? provider = null,
        in ReadOnlyTensorSpan<TLogits> voxelWeights = default,
        CancellationToken cancellation = default)
        where TLogits : unmanaged
        where TTarget : unmanaged
    {
        fixed (TLogits* x = logits, g = gradient, w = voxelWeights)
        fixed (TTarget* y = targets)
        {
            Backward(
                result,
                Describe(x, Longs(logits.Lengths), Longs(logits.Strides)),
                new DiceTargets(Describe(y, Longs(targets.Lengths), Longs(targets.Strides))) { VoxelWeights = Weights(w, voxelWeights) },
                upstream,
                Describe(g, Longs(gradient.Lengths), Longs(gradient.Strides)),
                inPlace: false,
                provider,
                cancellation);
        }
    }

    /// <summary>Overwrites logits in a tensor span with the gradient of the loss with respect to them: no further memory at all.</summary>
    /// <typeparam name="TLogits">As in the forward pass.</typeparam>
    /// <typeparam name="TTarget">As in the forward pass.</typeparam>
    /// <param name="result">The result of the forward pass.</param>
    /// <param name="logits">The logits of the forward pass, unchanged. Overwritten with the gradient.</param>
    /// <param name="targets">The targets of the forward pass, unchanged.</param>
    /// <param name="upstream">
    /// The gradient of the final loss with respect to this one: one number, or one for each of <see cref="DiceResult.Losses"/>; empty for 1.
    /// </param>
    /// <param name="provider">The provider that computes; <see langword="null"/> for <see cref="CpuProvider.Shared"/>.</param>
    /// <param name="voxelWeights">The weights of the forward pass, unchanged.</param>
    /// <exception cref="ArgumentException">Shapes and result do not fit each other.</exception>
    /// <exception cref="InvalidOperationException">Targets that were valid in the forward pass are now invalid; the gradient is unspecified.</exception>
    /// <exception cref="NotSupportedException">An element type is not one of those of the forward pass.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// The number of samples times classes, or of classes alone, needs more working memory than there is. No work was started.
    /// </exception>
    public static unsafe void BackwardInPlace<TLogits, TTarget>(
        DiceResult result,
        in TensorSpan<TLogits> logits,
        in ReadOnlyTensorSpan<TTarget> targets,
        ReadOnlySpan<double> upstream = default,
        CpuProvider? provider = null,
        in ReadOnlyTensorSpan<TLogits> voxelWeights = default)
        where TLogits : unmanaged
        where TTarget : unmanaged
    {
        fixed (TLogits* x = logits, w = voxelWeights)
        fixed (TTarget* y = targets)
        {
            TensorDescriptor described = Describe(x, Longs(logits.Lengths), Longs(logits.Strides));
            var compared = new DiceTargets(Describe(y, Longs(targets.Lengths), Longs(targets.Strides))) { VoxelWeights = Weights(w, voxelWeights) };
            Backward(result, described, compared, upstream, described, inPlace: true, provider);
        }
    }

    private static unsafe TensorDescriptor Weights<TLogits>(TLogits* address, in ReadOnlyTensorSpan<TLogits> voxelWeights)
        where TLogits : unmanaged =>
        voxelWeights.IsEmpty ? default : Describe(address, Longs(voxelWeights.Lengths), Longs(voxelWeights.Strides));

    // Lengths and strides of tensor spans are native integers: the same bits where pointers have 64.
    private static ReadOnlySpan<long> Longs(ReadOnlySpan<nint> values) =>
        nint.Size == sizeof(long) ? MemoryMarshal.Cast<nint, long>(values) : Array.ConvertAll(values.ToArray(), value => (long)value);
}
