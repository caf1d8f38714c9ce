namespace DiceLoss.Testing;

/// <summary>
/// Targets as their definition spells them out: for any voxel, the target t of each class and what the voxel weighs for it, 0 where it does
/// not count. Nobody optimises this file.
/// </summary>
public sealed class ReferenceTargets
{
    private readonly Activation _activation;
    private readonly int _channels;
    private readonly int _voxels;
    private readonly long _ignoreLabel;
    private readonly double[] _values;
    private readonly double[]? _weights;
    private readonly bool[]? _annotated;

    private ReferenceTargets(TargetKind kind, long[] shape, double[] values, DiceOptions options, double[]? weights, bool[]? annotated)
    {
        Kind = kind;
        _channels = (int)shape[1];
        _voxels = (int)TensorBuffer.Product(shape.AsSpan(2));
        _activation = Reference.ActivationFor(_channels, options);
        _ignoreLabel = options.IgnoreLabel;
        _values = values;
        _weights = weights;
        _annotated = annotated;
    }

    public TargetKind Kind { get; }

    /// <summary>Labels.</summary>
    /// <param name="shape">(N, C, *spatial), of the logits.</param>
    /// <param name="labels">Row-major, (N, *spatial).</param>
    /// <param name="options">What to compute.</param>
    /// <param name="weights">(N, *spatial), or (*spatial) for all samples alike, row-major; <see langword="null"/> for 1 each.</param>
    /// <param name="annotated">(N, K), row-major; <see langword="null"/> for all.</param>
    public static ReferenceTargets OfLabels(
        long[] shape, ReadOnlySpan<long> labels, DiceOptions options, double[]? weights = null, bool[]? annotated = null)
    {
        // Every label that tests count by is one that a double holds.
        double[] values = new double[labels.Length];
        for (int i = 0; i < values.Length; i++) values[i] = labels[i];
        return new ReferenceTargets(TargetKind.Labels, shape, values, options, weights, annotated);
    }

    /// <summary>Maps.</summary>
    /// <param name="shape">(N, C, *spatial), of the logits and the maps.</param>
    /// <param name="maps">Row-major.</param>
    /// <param name="options">What to compute.</param>
    /// <param name="weights">As for labels.</param>
    /// <param name="annotated">As for labels.</param>
    public static ReferenceTargets OfMaps(
        long[] shape, double[] maps, DiceOptions options, double[]? weights = null, bool[]? annotated = null) =>
        new(TargetKind.Maps, shape, maps, options, weights, annotated);

    /// <summary>Whether a sample tells anything about a class.</summary>
    public bool IsAnnotated(int sample, int k, int classes) => _annotated is null || _annotated[(sample * classes) + k];

    /// <summary>Reads a voxel.</summary>
    /// <param name="sample">Its sample.</param>
    /// <param name="voxel">Its position among the voxels of the sample.</param>
    /// <param name="t">The target of each class; 0 where the voxel does not count.</param>
    /// <param name="w">The weight of the voxel in the sums of each class.</param>
    public void Read(int sample, int voxel, double[] t, double[] w)
    {
        double weight = _weights is null ? 1 : _weights[((sample * _voxels) + voxel) % _weights.Length];
        if (Kind == TargetKind.Labels)
        {
            double label = _values[(sample * _voxels) + voxel];
            bool foregroundAlone = _channels == 1 && _activation != Activation.TwoClassSigmoid;
            for (int k = 0; k < t.Length; k++)
            {
                w[k] = label == _ignoreLabel ? 0 : weight;
                t[k] = label == (foregroundAlone ? 1 : k) && w[k] > 0 ? 1 : 0;
            }

            return;
        }

        bool anyIsIgnored = false;
        for (int c = 0; c < _channels; c++) anyIsIgnored |= Map(c) == _ignoreLabel;
        for (int k = 0; k < t.Length; k++)
        {
            bool isIgnored = _activation is Activation.Softmax or Activation.TwoClassSigmoid ? anyIsIgnored : Map(k) == _ignoreLabel;
            w[k] = isIgnored ? 0 : weight;
            double target = _activation != Activation.TwoClassSigmoid ? Map(k) : k == 1 ? Map(0) : 1 - Map(0);
            t[k] = w[k] > 0 ? target : 0;
        }

        double Map(int channel) => _values[(((sample * _channels) + channel) * _voxels) + voxel];
    }
}
