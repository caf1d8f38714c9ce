namespace DiceLoss;

/// <summary>The derivatives of a loss by its sums: all that the gradient pass needs to know about the loss. Immutable.</summary>
/// <remarks>
/// The derivative by a probability is A[n,k] * t + B[n,k] * e * p^(e-1); the provider applies the activation's Jacobian to it. With a
/// <see cref="VoxelTerm"/>, a voxel with label y adds C[n,y] (p_k - t_k) + (p_k sum_j D[n,j] - D[n,k]) to the derivative by logit k of a
/// softmax.
/// </remarks>
public sealed class DiceCoefficients
{
    private readonly double[] _intersection;
    private readonly double[] _predictionMass;
    private readonly double[] _logLoss;
    private readonly double[] _uniformLogLoss;
    private readonly bool _shared;

    internal DiceCoefficients(
        int classes, double[] intersection, double[] predictionMass, double[] logLoss, double[] uniformLogLoss, bool shared)
    {
        _logLoss = logLoss;
        _uniformLogLoss = uniformLogLoss;
        Classes = classes;
        _intersection = intersection;
        _predictionMass = predictionMass;
        _shared = shared;
    }

    /// <summary>K.</summary>
    public int Classes { get; }

    /// <summary>A: the derivatives of the loss by the intersections I of one sample.</summary>
    /// <param name="sample">Which sample, from 0.</param>
    /// <returns>K numbers; the same for every sample when the samples were pooled.</returns>
    public ReadOnlySpan<double> Intersection(long sample) => Row(_intersection, sample);

    /// <summary>B: the derivatives of the loss by the prediction masses P of one sample.</summary>
    /// <param name="sample">Which sample, from 0.</param>
    /// <returns>K numbers; the same for every sample when the samples were pooled.</returns>
    public ReadOnlySpan<double> PredictionMass(long sample) => Row(_predictionMass, sample);

    /// <summary>C: the factors of the -log p of a voxel's own class; empty without a <see cref="VoxelTerm"/>.</summary>
    /// <param name="sample">Which sample, from 0.</param>
    /// <returns>K numbers, or none.</returns>
    public ReadOnlySpan<double> LogLoss(long sample) => Row(_logLoss, sample);

    /// <summary>D: the factors of the -log p of every class; empty without a <see cref="VoxelTerm"/>.</summary>
    /// <param name="sample">Which sample, from 0.</param>
    /// <returns>K numbers, or none.</returns>
    public ReadOnlySpan<double> UniformLogLoss(long sample) => Row(_uniformLogLoss, sample);

    private ReadOnlySpan<double> Row(double[] values, long sample) =>
        values.Length == 0 ? [] : values.AsSpan(checked((int)((_shared ? 0 : sample) * Classes)), Classes);
}
