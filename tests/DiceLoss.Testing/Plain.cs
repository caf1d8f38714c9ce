namespace DiceLoss.Testing;

/// <summary>
/// The rival of the error rule: the loss as one writes it with tensor operations in float32. It materialises everything, adds naively
/// and differentiates each operation on its own.
/// </summary>
public static class Plain
{
    public static (double[] Losses, double[] Gradient) Compute(long[] shape, double[] logits, long[] labels, DiceOptions options, double[]? upstream)
    {
        int samples = (int)shape[0], channels = (int)shape[1], voxels = (int)TensorBuffer.Product(shape.AsSpan(2));
        bool twoClasses = options.Activation == Activation.TwoClassSigmoid || (options.Activation == Activation.Auto && channels == 1);
        bool softmax = options.Activation == Activation.Softmax || (options.Activation == Activation.Auto && channels > 1);
        int classes = twoClasses ? 2 : channels;
        int firstLabel = channels == 1 && !twoClasses ? 1 : 0;

        float[] p = new float[samples * classes * voxels], oneHot = new float[p.Length], mask = new float[samples * voxels];
        for (int n = 0; n < samples; n++)
        {
            for (int v = 0; v < voxels; v++)
            {
                float[] x = [.. Enumerable.Range(0, channels).Select(c => (float)logits[(((n * channels) + c) * voxels) + v])];
                float[] activated = softmax ? Softmax(x) : twoClasses ? [1 - Sigmoid(x[0]), Sigmoid(x[0])]
                    : options.Activation == Activation.Sigmoid ? Array.ConvertAll(x, Sigmoid) : x;
                long label = labels[(n * voxels) + v];
                mask[(n * voxels) + v] = label == options.IgnoreLabel ? 0 : 1;
                for (int k = 0; k < classes; k++)
                {
                    int at = (((n * classes) + k) * voxels) + v;
                    p[at] = activated[k];
                    oneHot[at] = label != options.IgnoreLabel && label == k + firstLabel ? 1 : 0;
                }
            }
        }

        float[] i = new float[samples * classes], m = new float[i.Length], t = new float[i.Length];
        for (int row = 0; row < i.Length; row++)
        {
            for (int v = 0; v < voxels; v++)
            {
                int at = (row * voxels) + v;
                if (mask[(row / classes * voxels) + v] == 0) continue;
                i[row] += p[at] * oneHot[at];
                m[row] += Power(p[at], options.Exponent);
                t[row] += oneHot[at];
            }
        }

        (double[] losses, float[] byI, float[] byM) = Evaluate(samples, classes, i, m, t, options, upstream);

        double[] gradient = new double[logits.Length];
        for (int n = 0; n < samples; n++)
        {
            for (int v = 0; v < voxels; v++)
            {
                if (mask[(n * voxels) + v] == 0) continue;
                float[] u = new float[classes], pv = new float[classes];
                float product = 0;
                for (int k = 0; k < classes; k++)
                {
                    int row = (n * classes) + k, at = (row * voxels) + v;
                    pv[k] = p[at];
                    u[k] = (byI[row] * oneHot[at]) + (byM[row] * options.Exponent * Power(p[at], options.Exponent - 1));
                    product += pv[k] * u[k];
                }

                for (int c = 0; c < channels; c++)
                {
                    gradient[(((n * channels) + c) * voxels) + v] = softmax ? pv[c] * (u[c] - product)
                        : twoClasses ? (u[1] - u[0]) * pv[1] * (1 - pv[1])
                        : options.Activation == Activation.Sigmoid ? u[c] * pv[c] * (1 - pv[c]) : u[c];
                }
            }
        }

        return (losses, gradient);
    }

    private static (double[] Losses, float[] ByI, float[] ByM) Evaluate(
        int samples, int classes, float[] i, float[] m, float[] t, DiceOptions options, double[]? upstream)
    {
        int groups = options.Reduction == DiceReduction.Batch ? 1 : samples;
        float smoothNumerator = (float)(options.SmoothNumerator ?? options.Smooth), smoothDenominator = (float)(options.SmoothDenominator ?? options.Smooth);
        float[] losses = new float[groups], byI = new float[i.Length], byM = new float[i.Length];
        bool ignoresOne = options.IgnoreChannel >= 0 && options.IgnoreChannel < classes;
        float average = 1f / (options.ClassAverage == ClassAverage.Included && ignoresOne ? classes - 1 : classes);
        for (int g = 0; g < groups; g++)
        {
            for (int k = 0; k < classes; k++)
            {
                if (k == options.IgnoreChannel) continue;
                float intersection = 0, mass = 0, label = 0;
                for (int n = g; n < (options.Reduction == DiceReduction.Batch ? samples : g + 1); n++)
                {
                    intersection += i[(n * classes) + k];
                    mass += m[(n * classes) + k];
                    label += t[(n * classes) + k];
                }

                float numerator = (2 * intersection) + smoothNumerator, denominator = mass + label + smoothDenominator;
                if (denominator == 0) continue;
                float weight = options.ClassWeights is null ? average : (float)options.ClassWeights[k];
                losses[g] += weight * (1 - (numerator / denominator));
                for (int n = g; n < (options.Reduction == DiceReduction.Batch ? samples : g + 1); n++)
                {
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
