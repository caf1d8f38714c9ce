using System.Diagnostics.CodeAnalysis;

namespace DiceLoss.Testing;

/// <summary>
/// The smallest provider there can be: one thread, one voxel after the other, in double. It shows what a provider owes, and that the
/// conformance suite can be passed.
/// </summary>
public sealed class ReferenceProvider : IDiceProvider
{
    public static ReferenceProvider Shared { get; } = new();

    public string Name => "reference";

    public bool Supports(Device device, ElementType logits, ElementType labels, [NotNullWhen(false)] out string? reason)
    {
        reason = device.Kind == DeviceKind.Cpu ? null : "It computes in main memory only.";
        return reason is null;
    }

    public InvalidLabels Sums(in DiceProblem problem, DiceSums destination)
    {
        var invalid = default(InvalidLabels);
        var voxel = new VoxelReader(problem);
        double[] p = new double[problem.Classes];
        for (long n = 0; n < problem.Samples; n++)
        {
            problem.Cancellation.ThrowIfCancellationRequested();
            for (long v = 0; v < problem.Voxels; v++)
            {
                voxel.MoveTo(problem, n, v);
                if (voxel.Label == problem.IgnoreLabel) continue;
                if (voxel.Label < 0 || voxel.Label >= problem.LabelLimit)
                {
                    invalid = invalid.Join(new InvalidLabels(1, n, v, voxel.Label));
                    continue;
                }

                Activate(problem.Activation, voxel.Logits, p);
                destination.CountedVoxels[(int)n]++;
                if (problem.VoxelTerm != VoxelTerm.None) AddLogLosses(problem, n, voxel.Label, LogLosses(problem.Activation, voxel.Logits), destination);
                for (int k = 0; k < p.Length; k++)
                {
                    destination[SumTerm.PredictionMass, n][k] += new CompensatedSum(Math.Pow(p[k], problem.Exponent), 0);
                    if (voxel.Label - problem.FirstLabel != k) continue;
                    destination[SumTerm.Intersection, n][k] += new CompensatedSum(p[k], 0);
                    destination[SumTerm.LabelMass, n][k] += new CompensatedSum(1, 0);
                }
            }
        }

        return invalid;
    }

    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination)
    {
        var voxel = new VoxelReader(problem);
        double[] p = new double[problem.Classes], gradient = new double[problem.Channels];
        for (long n = 0; n < problem.Samples; n++)
        {
            problem.Cancellation.ThrowIfCancellationRequested();
            for (long v = 0; v < problem.Voxels; v++)
            {
                voxel.MoveTo(problem, n, v);
                bool counts = voxel.Label != problem.IgnoreLabel;
                if (counts && (voxel.Label < 0 || voxel.Label >= problem.LabelLimit))
                {
                    throw new InvalidOperationException($"The label {voxel.Label} was not there when the sums were taken.");
                }

                Activate(problem.Activation, voxel.Logits, p);
                Differentiate(problem, coefficients, upstream, n, voxel.Label - problem.FirstLabel, p, gradient);
                for (int c = 0; c < gradient.Length; c++)
                {
                    double value = counts ? gradient[c] : 0;
                    Elements.WriteNumber(VoxelReader.AddressOf(destination, n, c, v), destination.ElementType, value);
                }
            }
        }
    }

    private static double Factor(in TensorDescriptor upstream, long sample, int k)
    {
        if (upstream.Address == 0) return 1;
        long offset = upstream.Rank > 0 ? sample * upstream.Stride(0) : 0;
        if (upstream.Rank > 1) offset += k * upstream.Stride(1);
        return Elements.ReadNumber(upstream.Address + (nint)(offset * upstream.ElementType.Size()), upstream.ElementType);
    }

    private static void Activate(Activation activation, double[] x, double[] p)
    {
        switch (activation)
        {
            case Activation.Softmax:
                double largest = x.Max(), total = 0;
                for (int k = 0; k < p.Length; k++) total += p[k] = Math.Exp(x[k] - largest);
                for (int k = 0; k < p.Length; k++) p[k] /= total;
                break;
            case Activation.TwoClassSigmoid:
                double logit = double.IsPositiveInfinity(x[0]) ? double.NaN : x[0]; // the softmax over (0, x)
                (p[0], p[1]) = (Sigmoid(-logit), Sigmoid(logit));
                break;
            case Activation.Sigmoid:
                for (int k = 0; k < p.Length; k++) p[k] = Sigmoid(x[k]);
                break;
            default:
                x.CopyTo(p, 0);
                break;
        }
    }

    // -log p of every class.
    private static double[] LogLosses(Activation activation, double[] x)
    {
        double[] scores = activation == Activation.TwoClassSigmoid ? [0, x[0]] : x;
        double largest = scores.Max(), total = scores.Sum(score => Math.Exp(score - largest));
        return [.. scores.Select(score => largest - score + Math.Log(total))];
    }

    private static void AddLogLosses(in DiceProblem problem, long sample, long label, double[] logLosses, DiceSums destination)
    {
        destination[SumTerm.LogLoss, sample][(int)label] += new CompensatedSum(logLosses[label], 0);
        for (int k = 0; problem.VoxelTerm == VoxelTerm.SmoothedCrossEntropy && k < logLosses.Length; k++)
        {
            destination[SumTerm.UniformLogLoss, sample][k] += new CompensatedSum(logLosses[k], 0);
        }
    }

    // The derivative of the voxel term by the scores of the classes.
    private static void AddTerm(DiceCoefficients coefficients, double factor, long sample, long label, double[] p, double[] gradient)
    {
        ReadOnlySpan<double> byLogLoss = coefficients.LogLoss(sample), byUniformLogLoss = coefficients.UniformLogLoss(sample);
        if (byLogLoss.IsEmpty || label < 0) return;
        double total = byLogLoss[(int)label];
        foreach (double coefficient in byUniformLogLoss) total += coefficient;
        for (int k = 0; k < p.Length; k++)
        {
            double derivative = (total * p[k]) - byUniformLogLoss[k] - (k == label ? byLogLoss[(int)label] : 0);
            if (gradient.Length == p.Length) gradient[k] += factor * derivative;
            else if (k == 1) gradient[0] += factor * derivative;
        }
    }

    private static void Differentiate(
        in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, long sample, long label, double[] p, double[] gradient)
    {
        double[] u = new double[p.Length];
        for (int k = 0; k < u.Length; k++)
        {
            u[k] = coefficients.PredictionMass(sample)[k] * problem.Exponent * Math.Pow(p[k], problem.Exponent - 1);
            if (k == label) u[k] += coefficients.Intersection(sample)[k];
            u[k] *= Factor(upstream, sample, k);
        }

        switch (problem.Activation)
        {
            case Activation.Softmax:
                // Relative to the most probable class, so that confident voxels do not cancel.
                double pivot = u[Array.IndexOf(p, p.Max())], mean = 0;
                for (int k = 0; k < u.Length; k++) mean += p[k] * (u[k] - pivot);
                for (int k = 0; k < u.Length; k++) gradient[k] = p[k] * (u[k] - pivot - mean);
                break;
            case Activation.TwoClassSigmoid:
                gradient[0] = (u[1] - u[0]) * p[1] * p[0];
                break;
            case Activation.Sigmoid:
                for (int k = 0; k < u.Length; k++) gradient[k] = u[k] * p[k] * (1 - p[k]);
                break;
            default:
                u.CopyTo(gradient, 0);
                break;
        }

        AddTerm(coefficients, Factor(upstream, sample, 0), sample, label, p, gradient);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    // One voxel at a time, with its own arithmetic for the addresses.
    private sealed class VoxelReader(in DiceProblem problem)
    {
        public double[] Logits { get; } = new double[problem.Channels];

        public long Label { get; private set; }

        public static nint AddressOf(in TensorDescriptor tensor, long sample, int channel, long voxel)
        {
            long offset = (sample * tensor.Stride(0)) + (channel * tensor.Stride(1));
            return tensor.Address + (nint)((offset + Spatial(tensor, 2, voxel)) * tensor.ElementType.Size());
        }

        public void MoveTo(in DiceProblem problem, long sample, long voxel)
        {
            TensorDescriptor labels = problem.Labels;
            long offset = (sample * labels.Stride(0)) + Spatial(labels, 1, voxel);
            Label = Elements.ReadInteger(labels.Address + (nint)(offset * labels.ElementType.Size()), labels.ElementType);
            for (int c = 0; c < Logits.Length; c++)
            {
                Logits[c] = Elements.ReadNumber(AddressOf(problem.Logits, sample, c, voxel), problem.Logits.ElementType);
            }
        }

        private static long Spatial(in TensorDescriptor tensor, int first, long voxel)
        {
            long offset = 0;
            for (int d = tensor.Rank - 1; d >= first; d--)
            {
                (voxel, long index) = Math.DivRem(voxel, tensor.Shape[d]);
                offset += index * tensor.Stride(d);
            }

            return offset;
        }
    }
}
