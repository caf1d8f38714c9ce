namespace DiceLoss;

/// <summary>
/// What a provider works on: tensors that have passed the argument checks, and the options that its kernels know. Made by
/// <see cref="Dice"/> alone, so a provider need not check anything again.
/// </summary>
public readonly ref struct DiceProblem
{
    internal DiceProblem(
        TensorDescriptor logits, TensorDescriptor labels, DiceOptions options, Activation activation, nint stream, CancellationToken cancellation)
    {
        Logits = logits;
        Labels = labels;
        Activation = activation;
        Exponent = options.Exponent;
        VoxelTerm = options.CrossEntropy?.Term ?? VoxelTerm.None;
        IgnoreLabel = options.IgnoreLabel;
        Stream = stream;
        Cancellation = cancellation;

        Samples = logits.Shape[0];
        Channels = (int)logits.Shape[1];
        Voxels = 1;
        foreach (long length in labels.Shape[1..]) Voxels *= length;
        Classes = activation == Activation.TwoClassSigmoid ? 2 : Channels;
        FirstLabel = Channels == 1 && activation != Activation.TwoClassSigmoid ? 1 : 0;
    }

    /// <summary>The logits, (N, C, *spatial); floating point, any strides.</summary>
    public TensorDescriptor Logits { get; }

    /// <summary>The labels, (N, *spatial); integers, any strides, on the logits' device.</summary>
    public TensorDescriptor Labels { get; }

    /// <summary>How logits become probabilities; never <see cref="Activation.Auto"/>.</summary>
    public Activation Activation { get; }

    /// <summary>The exponent e of the prediction mass, 1 or more.</summary>
    public int Exponent { get; }

    /// <summary>What is added up beside the sums of the overlap. Only for <see cref="Activation.Softmax"/> and <see cref="Activation.TwoClassSigmoid"/>.</summary>
    public VoxelTerm VoxelTerm { get; }

    /// <summary>The label of voxels that count nowhere.</summary>
    public long IgnoreLabel { get; }

    /// <summary>N.</summary>
    public long Samples { get; }

    /// <summary>C.</summary>
    public int Channels { get; }

    /// <summary>K: two for <see cref="Activation.TwoClassSigmoid"/>, otherwise C.</summary>
    public int Classes { get; }

    /// <summary>Voxels of one sample: the product of the spatial lengths.</summary>
    public long Voxels { get; }

    /// <summary>The label of class 0: 1 where a single channel is the foreground alone (label 0 then belongs to no class), otherwise 0.</summary>
    public int FirstLabel { get; }

    /// <summary>Labels are 0 up to, but not including, this number, besides <see cref="IgnoreLabel"/>.</summary>
    public long LabelLimit => (long)FirstLabel + Classes;

    /// <summary>The stream to work on, for devices that have streams; 0 is the default one.</summary>
    public nint Stream { get; }

    /// <summary>Looked at between tiles.</summary>
    public CancellationToken Cancellation { get; }
}
