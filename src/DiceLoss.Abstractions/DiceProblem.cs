namespace DiceLoss;

/// <summary>
/// What a provider works on: tensors that have passed the argument checks, and the options that its kernels know. Only <see cref="Dice"/>
/// makes it, so a provider need not check anything again.
/// </summary>
public readonly ref struct DiceProblem
{
    internal DiceProblem(
        TensorDescriptor logits, DiceTargets targets, DiceOptions options, Activation activation, nint stream, CancellationToken cancellation)
    {
        Logits = logits;
        Targets = targets.Values;
        TargetKind = targets.Values.Rank == logits.Rank ? TargetKind.Maps : TargetKind.Labels;
        VoxelWeights = targets.VoxelWeights;
        Activation = activation;
        Intersection = options.Intersection;
        Exponent = options.Exponent;
        VoxelTerm = options.VoxelTerm;
        FocalGamma = options.Focal?.Gamma ?? 0;
        HardPrediction = options.HardPrediction;
        IgnoreLabel = options.IgnoreLabel;
        Stream = stream;
        Cancellation = cancellation;

        Samples = logits.Shape[0];
        Channels = (int)logits.Shape[1];
        Voxels = 1;
        foreach (long length in logits.Shape[2..]) Voxels *= length;
        Classes = (int)options.ClassesOf(Channels);
        FirstLabel = Classes == 1 ? 1 : 0;
    }

    /// <summary>The logits, (N, C, *spatial); floating point, any strides.</summary>
    public TensorDescriptor Logits { get; internal init; }

    /// <summary>
    /// Labels (N, *spatial), integers; or maps (N, C, *spatial), integers or floating point. Any strides, on the logits' device. For
    /// <see cref="Activation.TwoClassSigmoid"/> the map is that of the foreground; the background is 1 minus it.
    /// </summary>
    public TensorDescriptor Targets { get; internal init; }

    /// <summary>Whether the targets are labels or maps.</summary>
    public TargetKind TargetKind { get; }

    /// <summary>
    /// The weights of the voxels, (N, *spatial) or (1, *spatial), floating point, any strides, on the logits' device; if the address is 0,
    /// all are 1. A voxel with weight 0 does not count.
    /// </summary>
    public TensorDescriptor VoxelWeights { get; internal init; }

    /// <summary>Whether there are weights.</summary>
    public bool HasVoxelWeights => VoxelWeights.Address != 0;

    /// <summary>How logits become probabilities; never <see cref="Activation.Auto"/>.</summary>
    public Activation Activation { get; }

    /// <summary>Whether the probabilities of a voxel add up to 1. Then a voxel counts for all classes or for none.</summary>
    public bool ClassesCompete => Activation is Activation.Softmax or Activation.TwoClassSigmoid;

    /// <summary>How probabilities and maps are combined in the intersection.</summary>
    public IntersectionForm Intersection { get; }

    /// <summary>The exponent e of the prediction mass, 1 or more.</summary>
    public int Exponent { get; }

    /// <summary>What is added up besides the sums of the overlap; nothing for <see cref="Activation.None"/>.</summary>
    public VoxelTerm VoxelTerm { get; }

    /// <summary>The exponent of <see cref="SumTerm.FocalLoss"/>; not negative.</summary>
    public double FocalGamma { get; }

    /// <summary>Whether and how predictions are counted.</summary>
    public HardPrediction HardPrediction { get; }

    /// <summary>The label, or the value in a map, that marks what does not count.</summary>
    public long IgnoreLabel { get; }

    /// <summary>The number of samples, N.</summary>
    public long Samples { get; }

    /// <summary>The number of channels, C.</summary>
    public int Channels { get; }

    /// <summary>The number of classes, K: two for <see cref="Activation.TwoClassSigmoid"/>, otherwise C.</summary>
    public int Classes { get; }

    /// <summary>The number of voxels of one sample: the product of the spatial lengths.</summary>
    public long Voxels { get; }

    /// <summary>The label of class 0: 1 where a single channel is the foreground alone (label 0 then belongs to no class), otherwise 0.</summary>
    public int FirstLabel { get; }

    /// <summary>Labels are from 0 up to, but not including, this number, or <see cref="IgnoreLabel"/>.</summary>
    public long LabelLimit => (long)FirstLabel + Classes;

    /// <summary>
    /// For the gradient: the upstream factor that the destination was already computed with; if the address is 0, it was not computed. If it
    /// equals the upstream factor of the call, a provider may leave the destination as it is.
    /// </summary>
    public TensorDescriptor MadeFor { get; internal init; }

    /// <summary>
    /// The stream to work on, for devices that have streams; 0 is the default one. The memory of the tensors stays valid until the work that a provider
    /// enqueues there has completed.
    /// </summary>
    public nint Stream { get; internal init; }

    /// <summary>To be checked at least before anything is started; the CPU provider checks it between tiles.</summary>
    public CancellationToken Cancellation { get; }
}
