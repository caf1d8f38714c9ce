namespace DiceLoss;

/// <summary>The derivatives of a loss by its sums: all that the gradient pass needs to know about the loss. Immutable.</summary>
/// <remarks>The derivative by a probability is A[n,k] * t + B[n,k] * e * p^(e-1); the provider applies the activation's Jacobian to it.</remarks>
public sealed class DiceCoefficients
{
    private readonly double[] _intersection;
    private readonly double[] _predictionMass;
    private readonly bool _shared;

    internal DiceCoefficients(int classes, double[] intersection, double[] predictionMass, bool shared)
    {
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

    private ReadOnlySpan<double> Row(double[] values, long sample) =>
        values.AsSpan(checked((int)((_shared ? 0 : sample) * Classes)), Classes);
}
