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

    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason)
    {
        reason = device.Kind == DeviceKind.Cpu ? null : "It computes in main memory only.";
        return reason is null;
    }

    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
    {
        var invalid = default(InvalidTargets);
        var voxel = new VoxelReader(problem);
        var probabilities = new VoxelProbabilities(problem.Classes);
        for (long n = 0; n < problem.Samples; n++)
        {
            problem.Cancellation.ThrowIfCancellationRequested();
            for (long v = 0; v < problem.Voxels; v++)
            {
                voxel.MoveTo(problem, n, v);
                invalid = invalid.Join(voxel.Invalid);
                probabilities.MoveTo(problem.Activation, voxel.Logits);
                for (int k = 0; k < problem.Classes; k++)
                {
                    if (voxel.Weights[k] > 0) AddSums(problem, n, k, voxel.Targets[k], voxel.Weights[k], probabilities, destination);
                }
            }
        }

        return invalid;
    }

    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination)
    {
        var voxel = new VoxelReader(problem);
        var probabilities = new VoxelProbabilities(problem.Classes);
        double[] gradient = new double[problem.Channels];
        for (long n = 0; n < problem.Samples; n++)
        {
            problem.Cancellation.ThrowIfCancellationRequested();
            for (long v = 0; v < problem.Voxels; v++)
            {
                voxel.MoveTo(problem, n, v);
                if (voxel.Invalid.Count > 0) throw new InvalidOperationException("There is a target that was not there when the sums were taken.");
                Array.Clear(gradient);
                probabilities.MoveTo(problem.Activation, voxel.Logits);
                AddOverlap(problem, coefficients, upstream, n, voxel, probabilities.P, probabilities.Q, gradient);
                if (problem.VoxelTerm != VoxelTerm.None) AddVoxelTerm(problem, coefficients, Factor(upstream, n, 0), n, voxel, probabilities, gradient);
                for (int c = 0; c < gradient.Length; c++)
                {
                    Elements.WriteNumber(VoxelReader.AddressOf(destination, n, c, v), destination.ElementType, voxel.Weights[c] > 0 ? gradient[c] : 0);
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

    private static bool IsMinimum(in DiceProblem problem) => problem is { Intersection: IntersectionForm.Minimum, TargetKind: TargetKind.Maps };

    private static void AddSums(in DiceProblem problem, long n, int k, double t, double w, VoxelProbabilities voxel, DiceSums destination)
    {
        double p = voxel.P[k], q = voxel.Q[k], logLoss = voxel.LogLosses[k], complementLogLoss = voxel.ComplementLogLosses[k];
        Add(SumTerm.VoxelMass, 1);
        Add(SumTerm.PredictionMass, Math.Pow(p, problem.Exponent));
        Add(SumTerm.LabelMass, Math.Pow(t, problem.Exponent));
        Add(SumTerm.Intersection, IsMinimum(problem) ? Math.Min(p, t) : t == 0 ? 0 : p * t);

        bool focal = problem.VoxelTerm == VoxelTerm.Focal;
        if (problem.VoxelTerm != VoxelTerm.None && t > 0)
        {
            Add(SumTerm.LogLoss, t * logLoss);
            if (focal) Add(SumTerm.FocalLoss, t * Math.Pow(q, problem.FocalGamma) * logLoss);
        }

        if (problem.VoxelTerm == VoxelTerm.SmoothedCrossEntropy) Add(SumTerm.UniformLogLoss, logLoss);
        if (problem.VoxelTerm != VoxelTerm.None && !problem.ClassesCompete && t < 1)
        {
            Add(SumTerm.ComplementLogLoss, (1 - t) * complementLogLoss);
            if (focal) Add(SumTerm.ComplementFocalLoss, (1 - t) * Math.Pow(p, problem.FocalGamma) * complementLogLoss);
        }

        if (problem.HardPrediction == HardPrediction.None || !voxel.Predicts(k, problem.HardPrediction)) return;
        Add(SumTerm.HardPredictionMass, 1);
        Add(SumTerm.HardIntersection, t);

        void Add(SumTerm term, double value) => destination[term, n][k] += new CompensatedSum(w * value, 0);
    }

    // What the overlap adds to the gradient.
    private static void AddOverlap(
        in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, long sample, VoxelReader voxel, double[] p, double[] q, double[] gradient)
    {
        ReadOnlySpan<double> byIntersection = coefficients[SumTerm.Intersection, sample], byPredictionMass = coefficients[SumTerm.PredictionMass, sample];
        double[] u = new double[p.Length];
        for (int k = 0; k < u.Length; k++)
        {
            double slope = !IsMinimum(problem) ? voxel.Targets[k] : p[k] < voxel.Targets[k] ? 1 : p[k] == voxel.Targets[k] ? 0.5 : 0;
            u[k] = byPredictionMass[k] * problem.Exponent * Math.Pow(p[k], problem.Exponent - 1);
            if (slope != 0) u[k] += byIntersection[k] * slope;
            u[k] *= voxel.Weights[k] * Factor(upstream, sample, k);
        }

        switch (problem.Activation)
        {
            case Activation.Softmax:
                // Relative to the most probable class, so that confident voxels do not cancel.
                double pivot = u[Array.IndexOf(p, p.Max())], mean = 0;
                for (int k = 0; k < u.Length; k++) mean += p[k] * (u[k] - pivot);
                for (int k = 0; k < u.Length; k++) gradient[k] += p[k] * (u[k] - pivot - mean);
                break;
            case Activation.TwoClassSigmoid:
                gradient[0] += (u[1] - u[0]) * p[1] * p[0];
                break;
            case Activation.Sigmoid:
                for (int k = 0; k < u.Length; k++) gradient[k] += u[k] * p[k] * q[k];
                break;
            default:
                for (int k = 0; k < u.Length; k++) gradient[k] += u[k];
                break;
        }
    }

    // What cross-entropy and focal loss add.
    private static void AddVoxelTerm(
        in DiceProblem problem, DiceCoefficients coefficients, double factor, long sample, VoxelReader voxel, VoxelProbabilities probabilities, double[] gradient)
    {
        ReadOnlySpan<double> byLogLoss = coefficients[SumTerm.LogLoss, sample], byFocalLoss = coefficients[SumTerm.FocalLoss, sample];
        ReadOnlySpan<double> byUniform = coefficients[SumTerm.UniformLogLoss, sample];
        ReadOnlySpan<double> byComplement = coefficients[SumTerm.ComplementLogLoss, sample], byComplementFocal = coefficients[SumTerm.ComplementFocalLoss, sample];
        for (int k = 0; k < problem.Classes; k++)
        {
            double p = probabilities.P[k], q = probabilities.Q[k], t = voxel.Targets[k], scale = factor * voxel.Weights[k];
            double byScore = -At(byLogLoss, k) + (At(byFocalLoss, k) * FocalSlope(p, q, probabilities.LogLosses[k], problem.FocalGamma));
            if (!problem.ClassesCompete)
            {
                double byOpposite = -At(byComplement, k) + (At(byComplementFocal, k) * FocalSlope(q, p, probabilities.ComplementLogLosses[k], problem.FocalGamma));
                gradient[k] += scale * ((t * byScore * q) - ((1 - t) * byOpposite * p));
                continue;
            }

            // The score of class k moves its own -log p by -(1 - p_k) and those of the others by p_j.
            double ofClass = scale * ((t == 0 ? 0 : t * byScore) - At(byUniform, k));
            if (ofClass == 0) continue;
            for (int j = 0; j < problem.Classes; j++)
            {
                double derivative = ofClass * (j == k ? q : -probabilities.P[j]);
                if (problem.Activation == Activation.Softmax) gradient[j] += derivative;
                else if (j == 1) gradient[0] += derivative;
            }
        }
    }

    private static double At(ReadOnlySpan<double> coefficients, int k) => coefficients.IsEmpty ? 0 : coefficients[k];

    // The derivative of q^gamma (-log p) by the logarithm of the odds p / q, divided by q, as that of -log p is then -1.
    private static double FocalSlope(double p, double q, double logLoss, double gamma)
    {
        double power = Math.Pow(q, gamma);
        if (gamma == 0) return -1;
        return q == 0 ? 0 : -power - (p == 0 ? 0 : gamma * power / q * logLoss * p);
    }

    // One voxel: the probability of each class and of its complement, and the logarithms of both, each computed without cancellation.
    private sealed class VoxelProbabilities(int classes)
    {
        private readonly double[] _scores = new double[classes];

        public double[] P { get; } = new double[classes];

        public double[] Q { get; } = new double[classes];

        public double[] LogLosses { get; } = new double[classes];

        public double[] ComplementLogLosses { get; } = new double[classes];

        public void MoveTo(Activation activation, double[] x)
        {
            // One channel with two classes is the softmax over (0, x).
            x.CopyTo(_scores, classes - x.Length);
            if (activation == Activation.None) x.CopyTo(P, 0);
            else if (activation == Activation.Sigmoid) Separate(x);
            else Compete();
        }

        private void Separate(double[] x)
        {
            for (int k = 0; k < classes; k++)
            {
                (P[k], Q[k]) = (Sigmoid(x[k]), Sigmoid(-x[k]));
                (LogLosses[k], ComplementLogLosses[k]) = (SoftPlus(-x[k]), SoftPlus(x[k]));
            }
        }

        private void Compete()
        {
            double largest = _scores.Max(), total = 0;
            for (int k = 0; k < classes; k++) total += P[k] = Math.Exp(_scores[k] - largest);
            for (int k = 0; k < classes; k++) P[k] /= total;
            for (int k = 0; k < classes; k++)
            {
                Q[k] = 0;
                for (int j = 0; j < classes; j++) Q[k] += j == k ? 0 : P[j];
                LogLosses[k] = Q[k] < 0.5 ? -LogOnePlus(-Q[k]) : largest - _scores[k] + Math.Log(total);
            }
        }

        public bool Predicts(int k, HardPrediction how)
        {
            if (how == HardPrediction.Threshold) return P[k] > 0.5;
            int first = -1;
            for (int j = 0; j < P.Length; j++)
            {
                if (!double.IsNaN(P[j]) && (first < 0 || P[j] > P[first])) first = j;
            }

            return k == first;
        }

        private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

        private static double SoftPlus(double x) => Math.Max(x, 0) + LogOnePlus(Math.Exp(-Math.Abs(x)));

        // log(1 + x) for small x, too: what rounding does to 1 + x, the quotient takes back.
        private static double LogOnePlus(double x)
        {
            double sum = 1 + x;
            return sum == 1 || double.IsInfinity(sum) ? x : Math.Log(sum) * (x / (sum - 1));
        }
    }

    // One voxel at a time, with its own arithmetic for the addresses.
    private sealed class VoxelReader(in DiceProblem problem)
    {
        public double[] Logits { get; } = new double[problem.Channels];

        /// <summary>The target of each class.</summary>
        public double[] Targets { get; } = new double[problem.Classes];

        /// <summary>What the voxel weighs for each class; 0 where it does not count.</summary>
        public double[] Weights { get; } = new double[problem.Classes];

        public InvalidTargets Invalid { get; private set; }

        public static nint AddressOf(in TensorDescriptor tensor, long sample, int channel, long voxel)
        {
            long offset = (sample * tensor.Stride(0)) + (channel * tensor.Stride(1));
            return tensor.Address + (nint)((offset + Spatial(tensor, 2, voxel)) * tensor.ElementType.Size());
        }

        public void MoveTo(in DiceProblem problem, long sample, long voxel)
        {
            Invalid = default;
            if (problem.TargetKind == TargetKind.Labels) ReadLabel(problem, sample, voxel);
            else ReadMaps(problem, sample, voxel);
            if (problem.HasVoxelWeights) ReadWeight(problem, sample, voxel);
            for (int c = 0; c < Logits.Length; c++)
            {
                Logits[c] = Elements.ReadNumber(AddressOf(problem.Logits, sample, c, voxel), problem.Logits.ElementType);
            }
        }

        private static nint AddressOf(in TensorDescriptor tensor, long sample, long voxel) =>
            tensor.Address + (nint)(((sample * tensor.Stride(0)) + Spatial(tensor, 1, voxel)) * tensor.ElementType.Size());

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

        private void ReadLabel(in DiceProblem problem, long sample, long voxel)
        {
            long label = Elements.ReadInteger(AddressOf(problem.Targets, sample, voxel), problem.Targets.ElementType);
            bool isClass = label >= 0 && label < problem.LabelLimit;
            if (!isClass && label != problem.IgnoreLabel) Report(TargetPart.Values, sample, 0, voxel, label);
            for (int k = 0; k < Targets.Length; k++)
            {
                Targets[k] = label == problem.FirstLabel + k ? 1 : 0;
                Weights[k] = isClass && label != problem.IgnoreLabel ? 1 : 0;
            }
        }

        private void ReadMaps(in DiceProblem problem, long sample, long voxel)
        {
            bool allCount = true;
            for (int c = 0; c < problem.Channels; c++)
            {
                bool counts = ReadMap(problem, sample, c, voxel, out double target);
                allCount &= counts;
                int k = problem.Activation == Activation.TwoClassSigmoid ? 1 : c;
                (Targets[k], Weights[k]) = (target, counts ? 1 : 0);
            }

            if (problem.Activation == Activation.TwoClassSigmoid) Targets[0] = 1 - Targets[1];
            if (problem.ClassesCompete) Array.Fill(Weights, allCount ? 1 : 0);
        }

        // Whether an element counts, and its value.
        private bool ReadMap(in DiceProblem problem, long sample, int channel, long voxel, out double target)
        {
            nint address = AddressOf(problem.Targets, sample, channel, voxel);
            bool isSoft = problem.Targets.ElementType.IsFloatingPoint();
            long mask = isSoft ? 0 : Elements.ReadInteger(address, problem.Targets.ElementType);
            target = isSoft ? Elements.ReadNumber(address, problem.Targets.ElementType) : mask;
            bool isIgnored = isSoft ? double.IsFinite(target) && double.IsInteger(target) && (Int128)target == problem.IgnoreLabel : mask == problem.IgnoreLabel;
            bool isValid = isIgnored || (isSoft ? target is >= 0 and <= 1 : mask is 0 or 1);
            if (!isValid) Report(TargetPart.Values, sample, channel, voxel, isSoft ? BitConverter.DoubleToInt64Bits(target) : mask);
            return isValid && !isIgnored;
        }

        private void ReadWeight(in DiceProblem problem, long sample, long voxel)
        {
            TensorDescriptor weights = problem.VoxelWeights;
            double weight = Elements.ReadNumber(AddressOf(weights, weights.Shape[0] == 1 ? 0 : sample, voxel), weights.ElementType);
            bool isValid = weight >= 0 && double.IsFinite(weight);
            if (!isValid) Report(TargetPart.VoxelWeights, sample, 0, voxel, BitConverter.DoubleToInt64Bits(weight));
            for (int k = 0; k < Weights.Length; k++) Weights[k] = isValid && Weights[k] > 0 ? weight : 0;
        }

        private void Report(TargetPart part, long sample, int channel, long voxel, long value) =>
            Invalid = Invalid.Join(new InvalidTargets(part, 1, sample, channel, voxel, value));
    }
}
