namespace DiceLoss.Testing;

/// <summary>
/// The base loss in double, from its definition: targets spelled out, the whole Jacobian of the activation, loops inside loops.
/// Nobody optimises this file. It shares nothing with the code it judges but the options.
/// </summary>
public static class Reference
{
    /// <summary>Loss, sums and gradient of a batch.</summary>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="logits">Row-major.</param>
    /// <param name="targets">What they are compared with.</param>
    /// <param name="options">What to compute.</param>
    /// <param name="upstream">The factor of the gradient: none, one, or one per sample.</param>
    public static ReferenceResult Compute(long[] shape, double[] logits, ReferenceTargets targets, DiceOptions options, double[]? upstream = null)
    {
        ReferenceResult result = Losses(shape, logits, targets, options);
        int samples = (int)shape[0], perSample = (int)TensorBuffer.Product(shape.AsSpan(1));
        result.Gradient = new double[logits.Length];
        for (int n = 0; n < samples; n++)
        {
            double factor = upstream is null ? 1 : upstream[upstream.Length == 1 ? 0 : n];
            double magnitude = Gradient(
                (int)shape[1],
                logits.AsSpan(n * perSample, perSample),
                targets,
                n,
                options,
                result.ByIntersection[n],
                result.ByPredictionMass[n],
                factor,
                result.Gradient.AsSpan(n * perSample, perSample));
            result.GradientMagnitude = Math.Max(result.GradientMagnitude, magnitude);
        }

        return result;
    }

    /// <summary>Loss and sums without the gradient.</summary>
    public static ReferenceResult Losses(long[] shape, double[] logits, ReferenceTargets targets, DiceOptions options)
    {
        int samples = (int)shape[0], perSample = (int)TensorBuffer.Product(shape.AsSpan(1));
        var sums = new ReferenceSums[samples];
        for (int n = 0; n < samples; n++) sums[n] = Sums((int)shape[1], logits.AsSpan(n * perSample, perSample), targets, n, options);
        return Evaluate(sums, ClassCount((int)shape[1], options), options);
    }

    /// <summary>The same of labels.</summary>
    public static ReferenceResult Losses(long[] shape, double[] logits, long[] labels, DiceOptions options) =>
        Losses(shape, logits, ReferenceTargets.OfLabels(shape, labels, options), options);

    /// <summary>The sums of one sample.</summary>
    /// <param name="channels">C.</param>
    /// <param name="logits">(C, voxels).</param>
    /// <param name="targets">The targets of the batch.</param>
    /// <param name="sample">Which of the samples.</param>
    /// <param name="options">What to compute.</param>
    public static ReferenceSums Sums(int channels, ReadOnlySpan<double> logits, ReferenceTargets targets, int sample, DiceOptions options)
    {
        int classes = ClassCount(channels, options), voxels = logits.Length / channels;
        var sums = new ReferenceSums(classes);
        for (int k = 0; k < classes; k++) sums.Annotated[k] = targets.IsAnnotated(sample, k, classes);
        double[] x = new double[channels], p = new double[classes], complement = new double[classes], t = new double[classes], w = new double[classes];
        for (int v = 0; v < voxels; v++)
        {
            targets.Read(sample, v, t, w);
            for (int c = 0; c < channels; c++) x[c] = logits[(c * voxels) + v];
            Probabilities(x, ActivationFor(channels, options), p, complement);
            for (int k = 0; k < classes; k++)
            {
                if (w[k] == 0) continue;
                double h = IsPredicted(p, k, options.HardPrediction) ? 1 : 0;
                sums.VoxelMass[k] += w[k];
                sums.Intersection[k] += w[k] * (IsMinimum(targets, options) ? Math.Min(p[k], t[k]) : p[k] * t[k]);
                sums.PredictionMass[k] += w[k] * Power(p[k], options.Exponent);
                sums.LabelMass[k] += w[k] * Power(t[k], options.Exponent);
                sums.HardIntersection[k] += w[k] * h * t[k];
                sums.HardPredictionMass[k] += w[k] * h;
            }
        }

        return sums;
    }

    /// <summary>The sums of one sample of labels.</summary>
    public static ReferenceSums Sums(int channels, ReadOnlySpan<double> logits, ReadOnlySpan<long> labels, DiceOptions options) =>
        Sums(channels, logits, ReferenceTargets.OfLabels([1, channels, labels.Length], labels, options), 0, options);

    /// <summary>The loss, and its derivatives by the sums.</summary>
    public static ReferenceResult Evaluate(ReferenceSums[] sums, int classes, DiceOptions options)
    {
        bool isPooled = options.Reduction == DiceReduction.Batch;
        ReferenceSums[] groups = isPooled ? [ReferenceSums.Pooled(sums, classes)] : sums;
        double[] losses = new double[groups.Length];
        double[][] byIntersection = new double[groups.Length][], byPredictionMass = new double[groups.Length][];
        double smoothNumerator = options.SmoothNumerator ?? options.Smooth, smoothDenominator = options.SmoothDenominator ?? options.Smooth;
        for (int g = 0; g < groups.Length; g++)
        {
            byIntersection[g] = new double[classes];
            byPredictionMass[g] = new double[classes];
            double averagedOver = 0;
            for (int k = 0; k < classes; k++)
            {
                bool isAveraged = groups[g].Annotated[k] && (options.ClassAverage == ClassAverage.All || k != options.IgnoreChannel);
                averagedOver += isAveraged ? 1 : 0;
            }

            for (int k = 0; k < classes; k++)
            {
                if (k == options.IgnoreChannel || !groups[g].Annotated[k]) continue;
                double weight = options.ClassWeights is null ? 1 / averagedOver : options.ClassWeights[k];
                double numerator = (2 * groups[g].Intersection[k]) + smoothNumerator;
                double denominator = groups[g].PredictionMass[k] + groups[g].LabelMass[k] + smoothDenominator;
                if (denominator == 0) continue;
                losses[g] += weight * (1 - (numerator / denominator));
                byIntersection[g][k] = weight * -2 / denominator;
                byPredictionMass[g][k] = weight * numerator / (denominator * denominator);
            }

            if (double.IsNaN(losses[g]))
            {
                Array.Fill(byIntersection[g], double.NaN);
                Array.Fill(byPredictionMass[g], double.NaN);
            }
        }

        double total = 0;
        foreach (double loss in losses) total += loss;
        if (options.Reduction == DiceReduction.Mean)
        {
            foreach (double[] row in byIntersection) for (int k = 0; k < classes; k++) row[k] /= groups.Length;
            foreach (double[] row in byPredictionMass) for (int k = 0; k < classes; k++) row[k] /= groups.Length;
        }

        double[] reduced = options.Reduction switch
        {
            DiceReduction.None => losses,
            DiceReduction.Mean => [total / losses.Length],
            _ => [total],
        };
        return new ReferenceResult(reduced, sums, OfSamples(byIntersection), OfSamples(byPredictionMass));

        // What was pooled is handed to every sample, for the classes that it tells something about.
        double[][] OfSamples(double[][] rows) => !isPooled
            ? rows
            : [.. sums.Select(sample => (double[])[.. rows[0].Select((value, k) => sample.Annotated[k] ? value : 0)])];
    }

    /// <summary>The gradient of one sample.</summary>
    /// <returns>The largest sum of magnitudes of the terms that an element of the gradient is added up from.</returns>
    public static double Gradient(
        int channels,
        ReadOnlySpan<double> logits,
        ReferenceTargets targets,
        int sample,
        DiceOptions options,
        double[] byIntersection,
        double[] byPredictionMass,
        double factor,
        Span<double> gradient)
    {
        int classes = ClassCount(channels, options), voxels = logits.Length / channels;
        Activation activation = ActivationFor(channels, options);
        double[] x = new double[channels], p = new double[classes], complement = new double[classes], t = new double[classes], w = new double[classes];
        double[,] jacobian = new double[classes, channels];
        double largest = 0;
        for (int v = 0; v < voxels; v++)
        {
            targets.Read(sample, v, t, w);
            for (int c = 0; c < channels; c++) x[c] = logits[(c * voxels) + v];
            Probabilities(x, activation, p, complement);
            Jacobian(activation, p, complement, jacobian);
            for (int c = 0; c < channels; c++)
            {
                double sum = 0, magnitude = 0;
                for (int k = 0; k < classes; k++)
                {
                    if (w[k] == 0) continue;
                    double slope = IsMinimum(targets, options) && !double.IsNaN(p[k]) ? (1 - Math.Sign(p[k] - t[k])) / 2.0 : t[k];
                    double byTarget = w[k] * byIntersection[k] * slope;
                    double byMass = w[k] * byPredictionMass[k] * options.Exponent * Power(p[k], options.Exponent - 1);
                    sum += (byTarget + byMass) * jacobian[k, c];
                    magnitude += (Math.Abs(byTarget) + Math.Abs(byMass)) * Math.Abs(jacobian[k, c]);
                }

                bool counts = w[activation == Activation.TwoClassSigmoid ? 1 : c] > 0;
                gradient[(c * voxels) + v] = counts ? factor * sum : 0;
                if (counts) largest = Math.Max(largest, Math.Abs(factor) * magnitude);
            }
        }

        return largest;
    }

    /// <summary>The gradient of one sample of labels.</summary>
    public static double Gradient(
        int channels,
        ReadOnlySpan<double> logits,
        ReadOnlySpan<long> labels,
        DiceOptions options,
        double[] byIntersection,
        double[] byPredictionMass,
        double factor,
        Span<double> gradient) => Gradient(
            channels, logits, ReferenceTargets.OfLabels([1, channels, labels.Length], labels, options), 0, options, byIntersection, byPredictionMass, factor, gradient);

    /// <summary>K.</summary>
    public static int ClassCount(int channels, DiceOptions options) => ActivationFor(channels, options) == Activation.TwoClassSigmoid ? 2 : channels;

    /// <summary>The activation that <see cref="Activation.Auto"/> stands for, or the one that is set.</summary>
    public static Activation ActivationFor(int channels, DiceOptions options)
    {
        if (options.Activation != Activation.Auto) return options.Activation;
        return channels == 1 ? Activation.TwoClassSigmoid : Activation.Softmax;
    }

    /// <summary>The probabilities of one voxel.</summary>
    /// <param name="x">Its logits.</param>
    /// <param name="options">What to compute.</param>
    public static double[] ProbabilitiesOf(double[] x, DiceOptions options)
    {
        double[] p = new double[ClassCount(x.Length, options)];
        Probabilities(x, ActivationFor(x.Length, options), p, new double[p.Length]);
        return p;
    }

    // The semimetric differs from the product for maps alone.
    private static bool IsMinimum(ReferenceTargets targets, DiceOptions options) =>
        options.Intersection == IntersectionForm.Minimum && targets.Kind == TargetKind.Maps;

    private static bool IsPredicted(double[] p, int k, HardPrediction how)
    {
        if (how == HardPrediction.Threshold) return p[k] > 0.5;
        if (how == HardPrediction.None || double.IsNaN(p[k])) return false;
        for (int j = 0; j < p.Length; j++)
        {
            if (p[j] > p[k] || (p[j] == p[k] && j < k)) return false;
        }

        return true;
    }

    // p and 1 - p, each computed on its own so that neither cancels.
    private static void Probabilities(double[] x, Activation activation, double[] p, double[] complement)
    {
        switch (activation)
        {
            case Activation.Softmax:
                double largest = double.NegativeInfinity, total = 0;
                for (int k = 0; k < x.Length; k++) largest = double.IsNaN(x[k]) ? double.NaN : Math.Max(largest, x[k]);
                for (int k = 0; k < x.Length; k++) total += Math.Exp(x[k] - largest);
                for (int k = 0; k < x.Length; k++) p[k] = Math.Exp(x[k] - largest) / total;
                for (int k = 0; k < x.Length; k++)
                {
                    complement[k] = 0;
                    for (int j = 0; j < x.Length; j++) complement[k] += j == k ? 0 : p[j];
                }

                break;
            case Activation.TwoClassSigmoid:
                // The softmax over (0, x), in which +infinity is no number.
                double logit = double.IsPositiveInfinity(x[0]) ? double.NaN : x[0];
                p[1] = complement[0] = 1 / (1 + Math.Exp(-logit));
                p[0] = complement[1] = 1 / (1 + Math.Exp(logit));
                break;
            case Activation.Sigmoid:
                for (int k = 0; k < x.Length; k++)
                {
                    p[k] = 1 / (1 + Math.Exp(-x[k]));
                    complement[k] = 1 / (1 + Math.Exp(x[k]));
                }

                break;
            case Activation.None:
                for (int k = 0; k < x.Length; k++) p[k] = x[k];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        }
    }

    // jacobian[k, c] = dp_k / dx_c.
    private static void Jacobian(Activation activation, double[] p, double[] complement, double[,] jacobian)
    {
        for (int k = 0; k < jacobian.GetLength(0); k++)
        {
            for (int c = 0; c < jacobian.GetLength(1); c++)
            {
                jacobian[k, c] = activation switch
                {
                    Activation.Softmax => k == c ? p[k] * complement[k] : -p[k] * p[c],
                    Activation.TwoClassSigmoid => k == 1 ? p[1] * p[0] : -p[0] * p[1],
                    Activation.Sigmoid => k == c ? p[k] * complement[k] : 0,
                    _ => k == c ? 1 : 0,
                };
            }
        }
    }

    private static double Power(double value, int exponent)
    {
        double product = 1;
        for (int i = 0; i < exponent; i++) product *= value;
        return product;
    }
}
