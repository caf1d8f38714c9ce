using DiceLoss.Bench.Floors;
using DiceLoss.Bench.Inputs;

namespace DiceLoss.Bench.RealSize;

/// <summary>
/// The truth: the loss of one sample in double, a block of voxels at a time, as the definition reads. Softmax per voxel, three sums per
/// class, the average of 1 - 2I / (P + T).
/// </summary>
internal sealed unsafe class StreamingReference
{
    private const int Block = 256;
    private const int BlocksAtOnce = 16;

    private readonly double[] _byIntersection;
    private readonly double[] _byMass;

    private StreamingReference(double[] sums, int classes)
    {
        (_byIntersection, _byMass) = (new double[classes], new double[classes]);
        for (int k = 0; k < classes; k++)
        {
            double intersection = sums[k], denominator = sums[classes + k] + sums[(2 * classes) + k];
            if (denominator == 0) continue; // a class that nobody has: loss 0 by definition
            Loss += (1 - (2 * intersection / denominator)) / classes;
            _byIntersection[k] = -2 / denominator / classes;
            _byMass[k] = 2 * intersection / (denominator * denominator) / classes;
        }
    }

    /// <summary>The loss.</summary>
    public double Loss { get; }

    /// <summary>Reads logits [class][voxel] and takes the sums.</summary>
    public static StreamingReference Of<T>(T* logits, short[] labels, int classes, int threads)
        where T : unmanaged
    {
        double[] total = new double[3 * classes];
        ChunkTeam.Run(labels.LongLength, BlocksAtOnce * Block, threads, (start, end) =>
        {
            double[] sums = new double[3 * classes], probabilities = new double[classes * Block];
            for (long first = start; first < end; first += Block)
            {
                ReadOnlySpan<short> own = labels.AsSpan((int)first, (int)Math.Min(Block, end - first));
                Softmax(logits + first, labels.LongLength, classes, own.Length, probabilities);
                for (int k = 0; k < classes; k++)
                {
                    foreach (double probability in probabilities.AsSpan(k * Block, own.Length)) sums[classes + k] += probability;
                }

                for (int v = 0; v < own.Length; v++)
                {
                    sums[own[v]] += probabilities[(own[v] * Block) + v];
                    sums[(2 * classes) + own[v]]++;
                }
            }

            lock (total)
            {
                for (int i = 0; i < total.Length; i++) total[i] += sums[i];
            }
        });
        return new StreamingReference(total, classes);
    }

    /// <summary>The gradient by the logits of one voxel: g_k = p_k (u_k - sum_j p_j u_j).</summary>
    /// <param name="logits">The voxel's logits. Overwritten with the gradient.</param>
    /// <param name="label">The voxel's class.</param>
    public void Gradient(Span<double> logits, int label)
    {
        double largest = double.NegativeInfinity, normaliser = 0, mean = 0;
        foreach (double logit in logits) largest = Math.Max(largest, logit);
        foreach (ref double logit in logits) normaliser += logit = Math.Exp(logit - largest);
        for (int k = 0; k < logits.Length; k++) mean += (logits[k] /= normaliser) * ByProbability(k, label);
        for (int k = 0; k < logits.Length; k++) logits[k] *= ByProbability(k, label) - mean;
    }

    // A row of neighbouring voxels per class: memory is read in its order.
    private static void Softmax<T>(T* logits, long stride, int classes, int voxels, double[] probabilities)
        where T : unmanaged
    {
        Span<double> largest = stackalloc double[Block], normaliser = stackalloc double[Block];
        largest.Fill(double.NegativeInfinity);
        normaliser.Clear();
        for (int k = 0; k < classes; k++)
        {
            for (int v = 0; v < voxels; v++) largest[v] = Math.Max(largest[v], ElementValue.ToDouble(logits[(k * stride) + v]));
        }

        for (int k = 0; k < classes; k++)
        {
            Span<double> row = probabilities.AsSpan(k * Block, voxels);
            for (int v = 0; v < voxels; v++) normaliser[v] += row[v] = Math.Exp(ElementValue.ToDouble(logits[(k * stride) + v]) - largest[v]);
        }

        for (int k = 0; k < classes; k++)
        {
            Span<double> row = probabilities.AsSpan(k * Block, voxels);
            for (int v = 0; v < voxels; v++) row[v] /= normaliser[v];
        }
    }

    private double ByProbability(int klass, int label) => _byMass[klass] + (klass == label ? _byIntersection[klass] : 0);
}
