using System.Numerics;
using DiceLoss.Bench.Floors;
using DiceLoss.Bench.Inputs;

namespace DiceLoss.Bench.Rivals;

/// <summary>
/// A fused loop as a small extension has it: a voxel at a time, a class at a time, no vectors. The memory traffic is that of this library
/// and so is the order of the work, O(C) per voxel; what differs is how the loop is written. As many threads as the problem has, each
/// with sums of its own.
/// </summary>
internal sealed unsafe class ScalarFusedDice : IRival
{
    private const long Chunk = 1 << 14;

    /// <inheritdoc/>
    public string Name => "scalar loop";

    /// <inheritdoc/>
    public bool Takes(ProblemShape shape) =>
        !shape.CrossEntropy && shape is { Channels: > 1, ChannelsLast: false, Logits: ElementType.Float32 or ElementType.Float64, Labels: ElementType.UInt8 or ElementType.Int64 };

    /// <inheritdoc/>
    public bool AllocatesGradient => false;

    /// <inheritdoc/>
    public double Step(RivalInputs inputs, double[]? gradient = null) => inputs.Problem.Shape.Logits == ElementType.Float32
        ? Step<float>(inputs.Problem, gradient)
        : Step<double>(inputs.Problem, gradient);

    private static double Step<T>(LossProblem problem, double[]? gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => problem.Shape.Labels == ElementType.UInt8
            ? Step<T, byte>(problem, gradient)
            : Step<T, long>(problem, gradient);

    private static double Step<T, TLabel>(LossProblem problem, double[]? gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLabel : unmanaged, IBinaryInteger<TLabel>
    {
        int samples = (int)problem.Shape.Shape[0], classes = problem.Shape.Channels;
        long voxels = problem.Shape.Voxels / samples;
        double loss = 0;
        for (int n = 0; n < samples; n++)
        {
            T* logits = (T*)problem.Logits.Start + (n * classes * voxels), gradients = (T*)problem.Gradient.Start + (n * classes * voxels);
            TLabel* labels = (TLabel*)problem.Labels.Start + (n * voxels);
            double[] sums = Sums(logits, labels, voxels, classes, problem.Threads);

            // dL/dI and dL/dP of each class, as docs/math.md has them.
            T[] byIntersection = new T[classes], byMass = new T[classes];
            for (int k = 0; k < classes; k++)
            {
                double denominator = sums[classes + k] + sums[(2 * classes) + k];
                loss += (1 - (2 * sums[k] / denominator)) / (classes * samples);
                byIntersection[k] = T.CreateTruncating(-2 / denominator / (classes * samples));
                byMass[k] = T.CreateTruncating(2 * sums[k] / (denominator * denominator) / (classes * samples));
            }

            Gradient(logits, labels, gradients, voxels, classes, byIntersection, byMass, problem.Threads);
        }

        for (long i = 0; i < gradient?.Length; i++) gradient[i] = double.CreateTruncating(((T*)problem.Gradient.Start)[i]);
        return loss;
    }

    // I, P and T per class.
    private static double[] Sums<T, TLabel>(T* logits, TLabel* labels, long voxels, int classes, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLabel : unmanaged, IBinaryInteger<TLabel>
    {
        double[] total = new double[3 * classes];
        ChunkTeam.Run(voxels, Chunk, threads, (start, end) =>
        {
            T* p = stackalloc T[classes];
            double[] sums = new double[3 * classes];
            for (long v = start; v < end; v++)
            {
                Softmax(logits + v, voxels, classes, p);
                int label = int.CreateTruncating(labels[v]);
                sums[label] += double.CreateTruncating(p[label]);
                for (int k = 0; k < classes; k++) sums[classes + k] += double.CreateTruncating(p[k]);
                sums[(2 * classes) + label]++;
            }

            lock (total)
            {
                for (int i = 0; i < total.Length; i++) total[i] += sums[i];
            }
        });
        return total;
    }

    // g_k = p_k (u_k - sum_j p_j u_j)
    private static void Gradient<T, TLabel>(
        T* logits, TLabel* labels, T* gradients, long voxels, int classes, T[] byIntersection, T[] byMass, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLabel : unmanaged, IBinaryInteger<TLabel> => ChunkTeam.Run(voxels, Chunk, threads, (start, end) =>
        {
            T* p = stackalloc T[classes];
            for (long v = start; v < end; v++)
            {
                Softmax(logits + v, voxels, classes, p);
                int label = int.CreateTruncating(labels[v]);
                T mean = p[label] * byIntersection[label];
                for (int k = 0; k < classes; k++) mean += p[k] * byMass[k];
                for (int k = 0; k < classes; k++) gradients[(k * voxels) + v] = p[k] * (byMass[k] - mean);
                gradients[(label * voxels) + v] += p[label] * byIntersection[label];
            }
        });

    private static void Softmax<T>(T* logits, long stride, int classes, T* p)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T largest = logits[0], sum = T.Zero;
        for (int k = 1; k < classes; k++) largest = logits[k * stride] > largest ? logits[k * stride] : largest;
        for (int k = 0; k < classes; k++) sum += p[k] = T.Exp(logits[k * stride] - largest);
        for (int k = 0; k < classes; k++) p[k] /= sum;
    }
}
