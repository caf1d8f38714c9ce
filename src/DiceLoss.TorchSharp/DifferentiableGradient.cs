using DiceLoss.Algebra;
using DiceLoss.Checks;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// The gradient of the loss once more, in tensor operations that libtorch can differentiate: what a backward pass under
/// <c>create_graph</c> returns. Slow and large, in float64; used for nothing else.
/// </summary>
/// <remarks>
/// Per sample n, class k and voxel v, with p the probabilities, t the one-hot labels and m the voxels that count:
/// I = sum m p t, P = sum m p^e, T = sum m t; A = dL/dI, B = dL/dP; u = A t + B e p^(e-1); then the Jacobian of the activation.
/// docs/math.md derives it.
/// Numbers are tensors here, even the constants: TorchSharp's scalars can be freed by a garbage collection while libtorch reads them.
/// </remarks>
internal static class DifferentiableGradient
{
    /// <summary>Computes the gradient by the logits, as a differentiable function of the logits and of the upstream gradient.</summary>
    /// <param name="logits">(N, C, *spatial).</param>
    /// <param name="labels">(N, *spatial), valid; anything else is refused.</param>
    /// <param name="voxelWeights">None; if there are, they are refused.</param>
    /// <param name="upstream">The gradient of the result: () or, without reduction, (N).</param>
    /// <param name="call">What was computed.</param>
    /// <returns>Shape and type of the logits.</returns>
    /// <exception cref="NotSupportedException">The loss is another one than that of Dice, not of labels alone, or of more than these logits.</exception>
    public static Tensor Of(Tensor logits, Tensor labels, Tensor? voxelWeights, Tensor upstream, DiceCall call)
    {
        DiceOptions options = call.Result.Options;
        RequirePlainDice(options);
        RequirePlainLabels(call.Result, voxelWeights);
        RequireWhole(call);
        using var scope = NewDisposeScope();
        DiceProblem problem = ProblemChecks.Problem(TensorView.Of(logits), TensorView.Of(labels), options, stream: 0, CancellationToken.None);
        (long samples, int channels, long voxels) = (problem.Samples, problem.Channels, problem.Voxels);

        Tensor y = labels.reshape(samples, 1, voxels).to(ScalarType.Int64);
        Tensor counts = y.ne(tensor(options.IgnoreLabel, device: logits.device));
        // Selected, not multiplied: a NaN in an ignored voxel must change nothing.
        Tensor x = where(counts, logits.reshape(samples, channels, voxels).to(ScalarType.Float64), Constant(0, logits));

        Tensor p = Probabilities(x, problem.Activation);
        long[] numbers = [.. Enumerable.Range(problem.FirstLabel, problem.Classes).Select(k => (long)k)];
        Tensor classLabels = tensor(numbers, device: logits.device).reshape(1, problem.Classes, 1);
        Tensor t = y.eq(classLabels).logical_and(counts).to(ScalarType.Float64);

        (Tensor a, Tensor b) = Coefficients(p, t, counts, options);
        Tensor u = upstream.to(ScalarType.Float64).reshape(-1, 1, 1) * ((a * t) + (b * Slope(p, options.Exponent)));
        Tensor gradient = where(counts, ThroughActivation(u, p, x, problem.Activation), Constant(0, logits));
        return gradient.reshape(logits.shape).to(logits.dtype).MoveToOuterDisposeScope();
    }

    // Their derivatives are written once more here, in tensor operations; those of other losses are not.
    private static void RequirePlainDice(DiceOptions options)
    {
        DiceOptions plain = new()
        {
            Activation = options.Activation,
            Exponent = options.Exponent,
            Smooth = options.Smooth,
            SmoothNumerator = options.SmoothNumerator,
            SmoothDenominator = options.SmoothDenominator,
            IgnoreLabel = options.IgnoreLabel,
            IgnoreChannel = options.IgnoreChannel,
            IncludedClasses = options.IncludedClasses,
            ClassWeights = options.ClassWeights,
            ClassWeighting = options.ClassWeighting,
            ClassAverage = options.ClassAverage,
            Reduction = options.Reduction,
            HardPrediction = options.HardPrediction,
        };
        if (options == plain && options.Reduction != DiceReduction.PerClass) return;
        throw new NotSupportedException(
            "Second derivatives (create_graph) exist for the Dice loss alone: the default overlap, form, class pooling, absent classes and "
            + "least denominator, without cross-entropy, reduced to a scalar or one loss per sample.");
    }

    // Likewise.
    private static void RequirePlainLabels(DiceResult result, Tensor? voxelWeights)
    {
        if (result.Sums.TargetKind == TargetKind.Labels && voxelWeights is null && result.IsAnnotatedThroughout) return;
        throw new NotSupportedException(
            "Second derivatives (create_graph) exist for labels alone: not for maps, and not with voxel weights or an annotated mask.");
    }

    // The sums of the other parts depend on logits that are not here.
    private static void RequireWhole(DiceCall call)
    {
        if (call.IsPart) throw new NotSupportedException("Second derivatives (create_graph) exist for a loss of one call alone: not for one of given sums.");
    }

    private static Tensor Constant(double value, Tensor like) => tensor(value, dtype: ScalarType.Float64, device: like.device);

    private static Tensor Probabilities(Tensor x, Activation activation) => activation switch
    {
        Activation.Softmax => x.softmax(1),
        Activation.TwoClassSigmoid => cat([zeros_like(x), x], 1).softmax(1),
        Activation.Sigmoid => x.sigmoid(),
        _ => x,
    };

    // The derivative of p^e.
    private static Tensor Slope(Tensor p, int exponent) => exponent == 1 ? ones_like(p) : Constant(exponent, p) * p.pow(Constant(exponent - 1, p));

    // A and B, (N, K, 1), or (1, K, 1) for sums pooled over the samples.
    private static (Tensor A, Tensor B) Coefficients(Tensor p, Tensor t, Tensor counts, DiceOptions options)
    {
        Tensor intersection = Sum(p * t, options);
        Tensor predictionMass = Sum(where(counts, p.pow(Constant(options.Exponent, p)), Constant(0, p)), options);
        Tensor labelMass = Sum(t, options);

        Tensor numerator = intersection + intersection + Constant(options.SmoothNumerator ?? options.Smooth, p);
        Tensor denominator = predictionMass + labelMass + Constant(options.SmoothDenominator ?? options.Smooth, p);
        Tensor shares = Shares(p, options), zero = Constant(0, p);
        Tensor nothing = denominator.eq(zero).logical_or(shares.eq(zero));
        Tensor divisor = where(nothing, ones_like(denominator), denominator);
        Tensor a = where(nothing, zero, Constant(-2, p) * shares / divisor);
        Tensor b = where(nothing, zero, shares * numerator / (divisor * divisor));

        Tensor notANumber = Constant(double.NaN, p), unsound = Unsound(numerator / divisor, predictionMass, shares);
        return (where(unsound, notANumber, a), where(unsound, notANumber, b));
    }

    // Whether the loss of a sample, or of the pooled batch, is not a number: then no class has a gradient, as in the algebra. (N, 1, 1). A class that
    // does not count has a part in it if it is not a number itself.
    private static Tensor Unsound(Tensor score, Tensor predictionMass, Tensor shares) =>
        where(shares.eq(Constant(0, shares)), predictionMass, score).isnan().any(1, keepdim: true);

    private static Tensor Sum(Tensor terms, DiceOptions options)
    {
        Tensor sums = terms.sum([2L], keepdim: true);
        return options.Reduction == DiceReduction.Batch ? sums.sum([0L], keepdim: true) : sums;
    }

    // What each class counts in the result, (1, K, 1).
    private static Tensor Shares(Tensor p, DiceOptions options)
    {
        double ofSample = ClassShares.OfSample(options, p.shape[0]);
        double[] shares = new double[p.shape[1]];
        var ofClasses = new ClassShares(options, shares.Length, labelMass: [], annotated: default);
        for (int k = 0; k < shares.Length; k++) shares[k] = ofSample * ofClasses[k];
        return tensor(shares, device: p.device).reshape(1, shares.Length, 1);
    }

    // In forms in which nothing cancels where a voxel is confident.
    private static Tensor ThroughActivation(Tensor u, Tensor p, Tensor x, Activation activation) => activation switch
    {
        Activation.Softmax => ThroughSoftmax(u - u.gather(1, p.argmax(1, keepdim: true)), p),
        Activation.TwoClassSigmoid => (u.narrow(1, 1, 1) - u.narrow(1, 0, 1)) * p.narrow(1, 1, 1) * p.narrow(1, 0, 1),
        Activation.Sigmoid => u * p * x.neg().sigmoid(),
        _ => u,
    };

    // The same for u and u + c; with 0 at the most probable class, all that is added up is small.
    private static Tensor ThroughSoftmax(Tensor u, Tensor p) => p * (u - (p * u).sum([1L], keepdim: true));
}
