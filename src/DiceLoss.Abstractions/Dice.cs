using DiceLoss.Algebra;
using DiceLoss.Checks;

namespace DiceLoss;

/// <summary>
/// The Dice loss over any tensor: logits (N, C, *spatial) against labels (N, *spatial) or maps (N, C, *spatial). Forward reads logits and
/// targets once and allocates nothing of their size; backward reads them once more and writes the gradient.
/// </summary>
/// <remarks>
/// Deterministic: the same input gives the same bits, for any number of threads. Thread-safe. The formula is in <see cref="DiceOptions"/>,
/// the accuracy in docs/numerics.md.
/// </remarks>
public static class Dice
{
    /// <summary>Computes the loss.</summary>
    /// <param name="logits">(N, C, *spatial), floating point, any strides. Not modified.</param>
    /// <param name="targets">
    /// Labels (N, *spatial) or maps (N, C, *spatial), any strides, on the logits' device; alone, or with the weights and annotations that
    /// <see cref="DiceTargets"/> can add. Not modified.
    /// </param>
    /// <param name="options">What to compute; <see langword="null"/> for the defaults.</param>
    /// <param name="provider">The provider that computes; <see langword="null"/> for the one that <see cref="DiceProviders.Find"/> returns.</param>
    /// <param name="stream">The stream to work on, for devices that have streams.</param>
    /// <param name="cancellation">Checked between tiles by the CPU provider, before anything is started by the CUDA provider.</param>
    /// <returns>The loss, and what <see cref="Backward"/> needs.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or options do not fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A label is neither a class nor the ignored label, a value of a map neither from 0 to 1 nor that label, or a weight is negative or not finite; the
    /// message names the first such value.
    /// </exception>
    /// <exception cref="NotSupportedException">No provider takes the tensors, or their stream is being captured into a graph; the message says why.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// The number of samples times classes, or of classes alone, needs more working memory than there is. No work was started.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static DiceResult Forward(
        in TensorDescriptor logits,
        in DiceTargets targets,
        DiceOptions? options = null,
        IDiceProvider? provider = null,
        nint stream = 0,
        CancellationToken cancellation = default)
    {
        options ??= DiceOptions.Default;
        DiceSums sums = Sums(logits, targets, options, provider, stream, cancellation);
        return LossAlgebra.Evaluate(sums, options, logits.ElementType.LossType(), targets.Annotated);
    }

    /// <summary>Computes the sums alone, to be merged over parts of a volume, micro-batches or processes.</summary>
    /// <param name="logits">As for <see cref="Forward"/>.</param>
    /// <param name="targets">As for <see cref="Forward"/>.</param>
    /// <param name="options">What to compute: the sums depend on activation, exponent, ignored label and more; <see langword="null"/> for the defaults.</param>
    /// <param name="provider">As for <see cref="Forward"/>.</param>
    /// <param name="stream">As for <see cref="Forward"/>.</param>
    /// <param name="cancellation">As for <see cref="Forward"/>.</param>
    /// <returns>The sums; merge them with <see cref="DiceSums.Add"/> and give them to <see cref="Evaluate"/>.</returns>
    /// <inheritdoc cref="Forward" path="/exception"/>
    public static DiceSums Sums(
        in TensorDescriptor logits,
        in DiceTargets targets,
        DiceOptions? options = null,
        IDiceProvider? provider = null,
        nint stream = 0,
        CancellationToken cancellation = default)
    {
        options ??= DiceOptions.Default;
        DiceProblem problem = ProblemChecks.Problem(logits, targets, options, stream, cancellation);
        var sums = new DiceSums(problem.Samples, problem.Classes, problem.TargetKind) { LackPrediction = problem.HardPrediction == HardPrediction.None };
        InvalidTargets invalid = ProviderFor(problem, provider).Sums(problem, sums);
        if (invalid.Count > 0) throw TargetChecks.Invalid(invalid, problem);
        return sums;
    }

    /// <summary>Computes the loss from sums, merged or not.</summary>
    /// <param name="sums">Sums over all the voxels that belong to the loss. Not modified.</param>
    /// <param name="options">What to compute; the options that the sums were computed with.</param>
    /// <param name="lossType">The type of the loss: <see cref="ElementType.Float64"/> for float64 logits, otherwise <see cref="ElementType.Float32"/>.</param>
    /// <param name="annotated">As <see cref="DiceTargets.Annotated"/>; empty for all.</param>
    /// <returns>The loss, and what <see cref="Backward"/> needs; call that for each part with this same result.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="sums"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">The options do not fit the sums or each other, or the loss type is not one of the two.</exception>
    public static DiceResult Evaluate(
        DiceSums sums, DiceOptions? options = null, ElementType lossType = ElementType.Float32, ReadOnlySpan<bool> annotated = default)
    {
        ArgumentNullException.ThrowIfNull(sums);
        options ??= DiceOptions.Default;
        if (lossType is not (ElementType.Float32 or ElementType.Float64))
        {
            throw new ArgumentException($"A loss is Float32 or Float64, not {lossType}.", nameof(lossType));
        }

        OptionChecks.FitClasses(options, sums.Classes);
        OptionChecks.FitsActivation(options, options.Activation);
        OptionChecks.MakesClasses(options, sums.Classes);
        TargetChecks.Annotated(annotated, sums.Samples, sums.Classes, options);
        return LossAlgebra.Evaluate(sums, options, lossType, annotated);
    }

    /// <summary>Computes the gradient of the loss with respect to the logits.</summary>
    /// <param name="result">The result of the forward pass over these tensors, or of <see cref="Evaluate"/> over sums that include them.</param>
    /// <param name="logits">The logits of the forward pass, unchanged.</param>
    /// <param name="targets">The targets of the forward pass, unchanged; the result already holds which classes are annotated.</param>
    /// <param name="upstream">
    /// The gradient of the final loss with respect to this one, on the logits' device: a scalar, or (N) for <see cref="DiceReduction.None"/>, (N, K) for
    /// <see cref="DiceReduction.PerClass"/>; <see langword="default"/> for 1.
    /// </param>
    /// <param name="gradient">Where to write the gradient: shape, type and device of the logits, any strides. Overwritten.</param>
    /// <param name="inPlace">Whether <paramref name="gradient"/> is the memory of the logits, which are then overwritten.</param>
    /// <param name="provider">As for <see cref="Forward"/>.</param>
    /// <param name="stream">
    /// As for <see cref="Forward"/>. The call may return while the work that it has enqueued there still runs; until that has completed, the memory of all
    /// tensors must stay valid and in place.
    /// </param>
    /// <param name="madeFor">
    /// The upstream factor with which an earlier call for the same result and tensors already computed <paramref name="gradient"/>; in one of the shapes of
    /// <paramref name="upstream"/>. If the two factors are equal, the provider may leave <paramref name="gradient"/> as it is; the CUDA provider does so,
    /// without synchronising. <see langword="default"/> to compute it in any case. Not together with <paramref name="inPlace"/>.
    /// </param>
    /// <param name="cancellation">As for <see cref="Forward"/>; after cancellation the gradient is unspecified. Not together with <paramref name="inPlace"/>.</param>
    /// <exception cref="ArgumentException">The tensors do not fit each other or the result, or buffers overlap.</exception>
    /// <exception cref="InvalidOperationException">Targets that were valid in the forward pass are now invalid; the gradient is unspecified.</exception>
    /// <exception cref="NotSupportedException">No provider takes the tensors, or their stream is being captured into a graph; the message says why.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// The number of samples times classes, or of classes alone, needs more working memory than there is. No work was started.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static void Backward(
        DiceResult result,
        in TensorDescriptor logits,
        in DiceTargets targets,
        in TensorDescriptor upstream,
        in TensorDescriptor gradient,
        bool inPlace = false,
        IDiceProvider? provider = null,
        nint stream = 0,
        in TensorDescriptor madeFor = default,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        DiceProblem problem = ProblemChecks.Problem(logits, targets, result.Options, stream, cancellation) with { MadeFor = madeFor };
        ProblemChecks.BelongsTo(result, problem, nameof(result));
        ProblemChecks.Factor(upstream, problem, result.Options.Reduction, "upstream gradient", nameof(upstream));
        ProblemChecks.Factor(madeFor, problem, result.Options.Reduction, "factor that the gradient is made for", nameof(madeFor));
        ProblemChecks.Gradient(gradient, problem, upstream, inPlace);
        ProviderFor(problem, provider).Gradient(problem, result.Coefficients, upstream, gradient);
    }

    private static IDiceProvider ProviderFor(in DiceProblem problem, IDiceProvider? chosen)
    {
        (Device device, ElementType logits, ElementType targets) = (problem.Logits.Device, problem.Logits.ElementType, problem.Targets.ElementType);
        if (chosen is null) return DiceProviders.Find(device, logits, targets);
        return chosen.Supports(device, logits, targets, out string? reason)
            ? chosen
            : throw new NotSupportedException($"The provider '{chosen.Name}' does not take {logits} logits and {targets} targets on {device}. {reason}");
    }
}
