namespace DiceLoss.Testing;

/// <summary>
/// The rival of the error rule: the loss as one writes it with tensor operations in float32. It materialises everything, adds naively
/// and differentiates each operation on its own.
/// </summary>
public static class Plain
{
    /// <summary>Losses and gradient.</summary>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="logits">Row-major.</param>
    /// <param name="targets">What they are compared with.</param>
    /// <param name="options">What to compute.</param>
    /// <param name="upstream">The factor of the gradient: none, one, or one per sample.</param>
    /// <param name="repetitions">How often all voxels of a sample but the last are there, one time behind the other; the gradient is that of one time.</param>
    public static (double[] Losses, double[] Gradient) Compute(
        long[] shape, double[] logits, ReferenceTargets targets, DiceOptions options, double[]? upstream, long repetitions = 1)
    {
        int samples = (int)shape[0], channels = (int)shape[1], voxels = (int)TensorBuffer.Product(shape.AsSpan(2));
        bool twoClasses = options.Activation == Activation.TwoClassSigmoid || (options.Activation == Activation.Auto && channels == 1);
        bool softmax = options.Activation == Activation.Softmax || (options.Activation == Activation.Auto && channels > 1);
        int classes = twoClasses ? 2 : channels;
        bool minimum = options.Intersection == IntersectionForm.Minimum && targets.Kind == TargetKind.Maps;

        float[] p = new float[samples * classes * voxels], dense = new float[p.Length], mask = new float[p.Length];
        double[] tv = new double[classes], wv = new double[classes];
        for (int n = 0; n < samples; n++)
        {
            for (int v = 0; v < voxels; v++)
            {
                float[] x = [.. Enumerable.Range(0, channels).Select(c => (float)logits[(((n * channels) + c) * voxels) + v])];
                float[] activated = softmax ? Softmax(x) : twoClasses ? [1 - Sigmoid(x[0]), Sigmoid(x[0])]
                    : options.Activation == Activation.Sigmoid ? Array.ConvertAll(x, Sigmoid) : x;
                targets.Read(n, v, tv, wv);
                for (int k = 0; k < classes; k++)
                {
                    int at = (((n * classes) + k) * voxels) + v;
                    (p[at], dense[at], mask[at]) = (activated[k], (float)tv[k], (float)wv[k]);
                }
            }
        }

        float[] meet = new float[p.Length], mass = new float[p.Length], label = new float[p.Length];
        for (int at = 0; at < p.Length; at++)
        {
            if (mask[at] == 0) continue;
            meet[at] = mask[at] * (minimum ? MathF.Min(p[at], dense[at]) : p[at] * dense[at]);
            mass[at] = mask[at] * Power(p[at], options.Exponent);
            label[at] = mask[at] * Power(dense[at], options.Exponent);
        }

        float[] i = new float[samples * classes], m = new float[i.Length], t = new float[i.Length];
        Parallel.For(0, i.Length, row =>
        {
            Range ofRow = (row * voxels)..((row + 1) * voxels);
            (i[row], m[row], t[row]) = AddUp(meet.AsSpan(ofRow), mass.AsSpan(ofRow), label.AsSpan(ofRow), repetitions);
        });

        (double[] losses, float[] byI, float[] byM) = Evaluate(samples, classes, i, m, t, targets, options, upstream);

        double[] gradient = new double[logits.Length];
        for (int n = 0; n < samples; n++)
        {
            for (int v = 0; v < voxels; v++)
            {
                float[] u = new float[classes], pv = new float[classes];
                float product = 0;
                for (int k = 0; k < classes; k++)
                {
                    int row = (n * classes) + k, at = (row * voxels) + v;
                    pv[k] = p[at];
                    if (mask[at] == 0) continue;
                    float slope = !minimum ? dense[at] : p[at] < dense[at] ? 1 : p[at] == dense[at] ? 0.5f : 0;
                    u[k] = mask[at] * ((byI[row] * slope) + (byM[row] * options.Exponent * Power(p[at], options.Exponent - 1)));
                    product += pv[k] * u[k];
                }

                for (int c = 0; c < channels; c++)
                {
                    if (mask[(((n * classes) + c) * voxels) + v] == 0) continue;
                    gradient[(((n * channels) + c) * voxels) + v] = softmax ? pv[c] * (u[c] - product)
                        : twoClasses ? (u[1] - u[0]) * pv[1] * (1 - pv[1])
                        : options.Activation == Activation.Sigmoid ? u[c] * pv[c] * (1 - pv[c]) : u[c];
                }
            }
        }

        return (losses, gradient);
    }

    // One number after the other, all but the last voxel again and again.
    private static (float Meet, float Mass, float Label) AddUp(ReadOnlySpan<float> meet, ReadOnlySpan<float> mass, ReadOnlySpan<float> label, long repetitions)
    {
        float i = 0, m = 0, t = 0;
        for (long repetition = repetitions; repetition > 0; repetition--)
        {
            int count = repetition > 1 ? meet.Length - 1 : meet.Length;
            for (int v = 0; v < count; v++) (i, m, t) = (i + meet[v], m + mass[v], t + label[v]);
        }

        return (i, m, t);
    }

    private static (double[] Losses, float[] ByI, float[] ByM) Evaluate(
        int samples, int classes, float[] i, float[] m, float[] t, ReferenceTargets targets, DiceOptions options, double[]? upstream)
    {
        int groups = options.Reduction == DiceReduction.Batch ? 1 : samples;
        float smoothNumerator = (float)(options.SmoothNumerator ?? options.Smooth), smoothDenominator = (float)(options.SmoothDenominator ?? options.Smooth);
        float[] losses = new float[groups], byI = new float[i.Length], byM = new float[i.Length];
        bool ignoresOne = options.IgnoreChannel >= 0 && options.IgnoreChannel < classes;
        for (int g = 0; g < groups; g++)
        {
            int last = options.Reduction == DiceReduction.Batch ? samples : g + 1;
            bool[] known = [.. Enumerable.Range(0, classes).Select(k => samples == 0 || Enumerable.Range(g, last - g).Any(n => targets.IsAnnotated(n, k, classes)))];
            float average = 1f / known.Where((isKnown, k) => isKnown && !(ignoresOne && k == options.IgnoreChannel && options.ClassAverage == ClassAverage.Included)).Count();
            for (int k = 0; k < classes; k++)
            {
                if (k == options.IgnoreChannel || !known[k]) continue;
                float intersection = 0, mass = 0, label = 0;
                for (int n = g; n < last; n++)
                {
                    if (!targets.IsAnnotated(n, k, classes)) continue;
                    intersection += i[(n * classes) + k];
                    mass += m[(n * classes) + k];
                    label += t[(n * classes) + k];
                }

                float numerator = (2 * intersection) + smoothNumerator, denominator = mass + label + smoothDenominator;
                if (denominator == 0) continue;
                float weight = options.ClassWeights is null ? average : (float)options.ClassWeights[k];
                losses[g] += weight * (1 - (numerator / denominator));
                for (int n = g; n < last; n++)
                {
                    if (!targets.IsAnnotated(n, k, classes)) continue;
                    float factor = (float)(upstream is null ? 1 : upstream[upstream.Length == 1 ? 0 : n]) * weight;
                    if (options.Reduction == DiceReduction.Mean) factor /= samples;
                    byI[(n * classes) + k] = factor * -2 / denominator;
                    byM[(n * classes) + k] = factor * numerator / (denominator * denominator);
                }
            }
        }

        float total = 0;
        foreach (float loss in losses) total += loss;
        double[] reduced = options.Reduction switch
        {
            DiceReduction.None => Array.ConvertAll(losses, loss => (double)loss),
            DiceReduction.Mean => [total / groups],
            _ => [total],
        };
        return (reduced, byI, byM);
    }

    private static float[] Softmax(float[] x)
    {
        float largest = x.Max();
        float[] e = Array.ConvertAll(x, value => MathF.Exp(value - largest));
        float total = 0;
        foreach (float value in e) total += value;
        return Array.ConvertAll(e, value => value / total);
    }

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    private static float Power(float value, int exponent) => exponent == 0 ? 1 : exponent == 1 ? value : MathF.Pow(value, exponent);
}
