namespace DiceLoss.Cpu;

/// <summary>
/// The Dice loss over .NET memory: arrays and spans with a shape, and tensor spans. The work is done by <see cref="CpuProvider.Shared"/> unless
/// another provider is passed.
/// </summary>
/// <remarks>Deterministic and thread-safe; see <see cref="Dice"/> for the definition and <see cref="DiceOptions"/> for the formula.</remarks>
public static partial class CpuDice
{
    private const int UsualRank = 8; // up to it shapes that are made here lie on the stack

    /// <summary>Computes the loss of row-major logits.</summary>
    /// <typeparam name="TLogits">float, double, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <typeparam name="TTarget">For labels or masks sbyte, byte, short, int or long, for masks also bool; for soft targets any type that logits can have.</typeparam>
    /// <param name="logits">N * C * voxels elements, row-major. Not modified.</param>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="targets">
    /// N * voxels labels, or N * C * voxels masks or soft targets, row-major; see <see cref="TargetKind"/>. Where the two numbers are equal, with one
    /// channel or an empty shape, floating-point values are soft targets and all others labels. Not modified.
    /// </param>
    /// <param name="options">What to compute; <see langword="null"/> for the defaults.</param>
    /// <param name="provider">The provider that computes; <see langword="null"/> for <see cref="CpuProvider.Shared"/>.</param>
    /// <param name="voxelWeights">
    /// One weight per voxel: N * voxels of them or, for all samples alike, as many as one sample has voxels; empty for 1 each. Not modified.
    /// </param>
    /// <param name="annotated">Whether a class is annotated in a sample, N * K, row-major; empty for all. Not modified.</param>
    /// <param name="cancellation">Checked between tiles.</param>
    /// <returns>The loss, and what the backward pass needs.</returns>
    /// <exception cref="ArgumentException">Shape, lengths or options do not fit each other.</exception>
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
        ReadOnlySpan<TLogits> logits,
        ReadOnlySpan<long> shape,
        ReadOnlySpan<TTarget> targets,
        DiceOptions? options = null,
        CpuProvider? provider = null,
        ReadOnlySpan<TLogits> voxelWeights = default,
        ReadOnlySpan<bool> annotated = default,
        CancellationToken cancellation = default)
        where TLogits : unmanaged
        where TTarget : unmanaged
    {
        CheckLogits(logits.Length, shape);
        ReadOnlySpan<long> targetShape = ShapeOfTargets<TTarget>(targets.Length, shape, shape.Length <= UsualRank ? stackalloc long[UsualRank] : new long[shape.Length]);
        ReadOnlySpan<long> weightShape = ShapeOfWeights(voxelWeights.Length, shape, shape.Length <= UsualRank ? stackalloc long[UsualRank] : new long[shape.Length]);
        fixed (TLogits* x = logits, w = voxelWeights)
        fixed (TTarget* y = targets)
        {
            return Dice.Forward(
                Describe(x, shape),
                new DiceTargets(Describe(y, targetShape)) { VoxelWeights = Describe(w, weightShape), Annotated = annotated },
                options,
                provider ?? CpuProvider.Shared,
                cancellation: cancellation);
        }
    }

    /// <summary>Computes the gradient of the loss with respect to row-major logits.</summary>
    /// <typeparam name="TLogits">As in the forward pass.</typeparam>
    /// <typeparam name="TTarget">As in the forward pass.</typeparam>
    /// <param name="result">The result of the forward pass.</param>
    /// <param name="logits">The logits of the forward pass, unchanged.</param>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="targets">The targets of the forward pass, unchanged.</param>
    /// <param name="gradient">Where to write the gradient: as many elements as there are logits, in other memory. Overwritten.</param>
    /// <param name="upstream">
    /// The gradient of the final loss with respect to this one: one number, or one for each of <see cref="DiceResult.Losses"/>; empty for 1.
    /// </param>
    /// <param name="provider">The provider that computes; <see langword="null"/> for <see cref="CpuProvider.Shared"/>.</param>
    /// <param name="voxelWeights">The weights of the forward pass, unchanged.</param>
    /// <param name="cancellation">Checked between tiles; after cancellation the gradient is unspecified.</param>
    /// <exception cref="ArgumentException">Shape, lengths and result do not fit each other, or buffers overlap.</exception>
    /// <exception cref="InvalidOperationException">Targets that were valid in the forward pass are now invalid; the gradient is unspecified.</exception>
    /// <exception cref="NotSupportedException">An element type is not one of those of the forward pass.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// The number of samples times classes, or of classes alone, needs more working memory than there is. No work was started.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static unsafe void Backward<TLogits, TTarget>(
        DiceResult result,
        ReadOnlySpan<TLogits> logits,
        ReadOnlySpan<long> shape,
        ReadOnlySpan<TTarget> targets,
        Span<TLogits> gradient,
        ReadOnlySpan<double> upstream = default,
        CpuProvider? provider = null,
        ReadOnlySpan<TLogits> voxelWeights = default,
        CancellationToken cancellation = default)
        where TLogits : unmanaged
        where TTarget : unmanaged
    {
        CheckLogits(logits.Length, shape);
        ReadOnlySpan<long> targetShape = ShapeOfTargets<TTarget>(targets.Length, shape, shape.Length <= UsualRank ? stackalloc long[UsualRank] : new long[shape.Length]);
        ReadOnlySpan<long> weightShape = ShapeOfWeights(voxelWeights.Length, shape, shape.Length <= UsualRank ? stackalloc long[UsualRank] : new long[shape.Length]);
        if (gradient.Length != logits.Length)
        {
            throw new ArgumentException($"The gradient has {gradient.Length} elements for {logits.Length} logits.", nameof(gradient));
        }

        fixed (TLogits* x = logits, g = gradient, w = voxelWeights)
        fixed (TTarget* y = targets)
        {
            var compared = new DiceTargets(Describe(y, targetShape)) { VoxelWeights = Describe(w, weightShape) };
            Backward(result, Describe(x, shape), compared, upstream, Describe(g, shape), inPlace: false, provider, cancellation);
        }
    }

    /// <summary>Overwrites row-major logits with the gradient of the loss with respect to them: no further memory at all.</summary>
    /// <typeparam name="TLogits">As in the forward pass.</typeparam>
    /// <typeparam name="TTarget">As in the forward pass.</typeparam>
    /// <param name="result">The result of the forward pass.</param>
    /// <param name="logits">The logits of the forward pass, unchanged. Overwritten with the gradient.</param>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="targets">The targets of the forward pass, unchanged.</param>
    /// <param name="upstream">
    /// The gradient of the final loss with respect to this one: one number, or one for each of <see cref="DiceResult.Losses"/>; empty for 1.
    /// </param>
    /// <param name="provider">The provider that computes; <see langword="null"/> for <see cref="CpuProvider.Shared"/>.</param>
    /// <param name="voxelWeights">The weights of the forward pass, unchanged.</param>
    /// <exception cref="ArgumentException">Shape, lengths and result do not fit each other.</exception>
    /// <exception cref="InvalidOperationException">Targets that were valid in the forward pass are now invalid; the gradient is unspecified.</exception>
    /// <exception cref="NotSupportedException">An element type is not one of those of the forward pass.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// The number of samples times classes, or of classes alone, needs more working memory than there is. No work was started.
    /// </exception>
    public static unsafe void BackwardInPlace<TLogits, TTarget>(
        DiceResult result,
        Span<TLogits> logits,
        ReadOnlySpan<long> shape,
        ReadOnlySpan<TTarget> targets,
        ReadOnlySpan<double> upstream = default,
        CpuProvider? provider = null,
        ReadOnlySpan<TLogits> voxelWeights = default)
        where TLogits : unmanaged
        where TTarget : unmanaged
    {
        CheckLogits(logits.Length, shape);
        ReadOnlySpan<long> targetShape = ShapeOfTargets<TTarget>(targets.Length, shape, shape.Length <= UsualRank ? stackalloc long[UsualRank] : new long[shape.Length]);
        ReadOnlySpan<long> weightShape = ShapeOfWeights(voxelWeights.Length, shape, shape.Length <= UsualRank ? stackalloc long[UsualRank] : new long[shape.Length]);
        fixed (TLogits* x = logits, w = voxelWeights)
        fixed (TTarget* y = targets)
        {
            var compared = new DiceTargets(Describe(y, targetShape)) { VoxelWeights = Describe(w, weightShape) };
            Backward(result, Describe(x, shape), compared, upstream, Describe(x, shape), inPlace: true, provider);
        }
    }

    private static unsafe void Backward(
        DiceResult result,
        TensorDescriptor logits,
        DiceTargets targets,
        ReadOnlySpan<double> upstream,
        TensorDescriptor gradient,
        bool inPlace,
        CpuProvider? provider,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        bool isPerClass = result.Options.Reduction == DiceReduction.PerClass && upstream.Length == result.Sums.Samples * result.Sums.Classes;
        ReadOnlySpan<long> upstreamShape = upstream.Length <= 1 ? [] : isPerClass ? [result.Sums.Samples, result.Sums.Classes] : [upstream.Length];
        fixed (double* u = upstream)
        {
            Dice.Backward(
                result, logits, targets, Describe(u, upstreamShape), gradient, inPlace, provider ?? CpuProvider.Shared, cancellation: cancellation);
        }
    }

    private static unsafe TensorDescriptor Describe<T>(T* elements, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides = default)
        where T : unmanaged => new((nint)elements, Device.Cpu, ElementTypes.Of<T>(), shape, strides);

    // A span carries its length, so that a shape that does not fit it is found before it is described as memory.
    private static void CheckLogits(int logits, ReadOnlySpan<long> shape)
    {
        if (shape.Length < 2) throw new ArgumentException($"The shape is {Text(shape)}; logits have shape (N, C, ...).", nameof(shape));
        if (Elements(shape) != logits) throw new ArgumentException($"There are {logits} logits for the shape {Text(shape)}.", nameof(logits));
    }

    // Labels or maps, by their number; where both have as many, with one channel or with nothing in them, what is floating point is a map.
    private static ReadOnlySpan<long> ShapeOfTargets<TTarget>(int targets, ReadOnlySpan<long> shape, Span<long> room)
        where TTarget : unmanaged
    {
        ReadOnlySpan<long> ofLabels = OfVoxels(shape[0], shape, room);
        bool areLabels = Elements(ofLabels) == targets, areMaps = Elements(shape) == targets;
        if (areMaps && (!areLabels || ElementTypes.Of<TTarget>().IsFloatingPoint())) return shape;
        if (!areLabels)
        {
            throw new ArgumentException(
                $"There are {targets} targets for logits of shape {Text(shape)}; labels have shape {Text(ofLabels)}, maps {Text(shape)}.", nameof(targets));
        }

        if (!areMaps) CheckLabels<TTarget>(shape[1], nameof(targets));
        return ofLabels;
    }

    // A mask of one class where there should be one of each.
    private static void CheckLabels<TTarget>(long channels, string name)
    {
        if (typeof(TTarget) != typeof(bool) || channels <= 2) return;
        throw new ArgumentException($"The labels are of type bool, which tells two classes apart; the logits have {channels} channels.", name);
    }

    // One for each voxel of each sample, or of all; none for no weights.
    private static ReadOnlySpan<long> ShapeOfWeights(int voxelWeights, ReadOnlySpan<long> shape, Span<long> room)
    {
        if (voxelWeights == 0) return [];
        ReadOnlySpan<long> ofEach = OfVoxels(shape[0], shape, room);
        if (Elements(ofEach) == voxelWeights) return ofEach;
        ReadOnlySpan<long> ofAll = OfVoxels(1, shape, room);
        return Elements(ofAll) == voxelWeights ? ofAll : throw new ArgumentException(
            $"There are {voxelWeights} voxel weights for logits of shape {Text(shape)}; there is one for each voxel, of each sample or of all.", nameof(voxelWeights));
    }

    private static ReadOnlySpan<long> OfVoxels(long samples, ReadOnlySpan<long> shape, Span<long> room)
    {
        room[0] = samples;
        shape[2..].CopyTo(room[1..]);
        return room[..(shape.Length - 1)];
    }

    private static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    // -1 where a length is negative; where a span cannot have so many, something that it cannot have either.
    private static long Elements(ReadOnlySpan<long> shape)
    {
        const long TooMany = int.MaxValue + 1L;
        long elements = 1;
        foreach (long length in shape)
        {
            if (length < 0) return -1;
            elements = Math.Min(elements, TooMany) * Math.Min(length, TooMany);
        }

        return elements;
    }
}
