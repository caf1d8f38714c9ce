using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using DiceLoss.Cuda.Runtime;

namespace DiceLoss.Cuda.Compilation;

/// <summary>All that a kernel knows when it is compiled, in the words of <c>dice.cuh</c>, where each is explained.</summary>
/// <param name="Channels">C where the logits of a voxel stay in registers; 0 for any number.</param>
/// <param name="Logits">The type of logits and gradient.</param>
/// <param name="Targets">The type of labels or maps.</param>
/// <param name="Weights">The type of voxel weights; <see langword="null"/> for none.</param>
/// <param name="Maps">Whether targets are maps.</param>
/// <param name="Minimum">Whether p and t meet in the lesser of them.</param>
/// <param name="Activation">How logits become probabilities.</param>
/// <param name="Exponent">1 or 2; 0 for any.</param>
/// <param name="Term">The voxel term.</param>
/// <param name="Hard">How predictions are counted.</param>
/// <param name="Contiguous">Whether the voxels of a channel lie next to each other, in every tensor.</param>
/// <param name="Wide">Whether one load takes all voxels of a group.</param>
/// <param name="General">Whether all but the type of the logits, the kind of targets, activation and voxel term is told at run time.</param>
internal readonly record struct KernelSpecialisation(
    int Channels,
    ElementType Logits,
    ElementType Targets,
    ElementType? Weights,
    bool Maps,
    bool Minimum,
    Activation Activation,
    int Exponent,
    VoxelTerm Term,
    HardPrediction Hard,
    bool Contiguous,
    bool Wide,
    bool General = false)
{
    // With fewer channels than that, a warp is better off with voxels of its own.
    private const int FewestChannelsOfPart = 8;

    /// <summary>Threads of a block.</summary>
    public int Block => KernelConstants.Warp * Channels switch
    {
        0 => KernelConstants.WarpsOfAny,
        <= KernelConstants.MaxChannelsOfThread => KernelConstants.Warps,
        _ => Parts(Channels),
    };

    /// <summary>Voxels that a thread takes next to each other.</summary>
    public int Vector => (Channels is > 0 and <= 8 ? KernelConstants.WidestLoad : KernelConstants.WidestLoad / 2) / Logits.Size();

    /// <summary>Warps that share voxels, each with its part of the channels.</summary>
    /// <param name="channels">C.</param>
    public int Parts(int channels) => Channels > 0
        ? (Channels + KernelConstants.MaxChannelsOfThread - 1) / KernelConstants.MaxChannelsOfThread
        : Math.Min(1 << BitOperations.Log2((uint)(channels / FewestChannelsOfPart)), KernelConstants.WarpsOfAny);

    /// <summary>Rows of the sums of a segment: more than one where several groups of warps have voxels of their own, and add up by themselves.</summary>
    /// <param name="channels">C.</param>
    public int Rows(int channels) => Channels > 0 ? 1 : KernelConstants.WarpsOfAny / Parts(channels);

    /// <summary>Voxels of a tile.</summary>
    /// <param name="channels">C.</param>
    public int Tile(int channels) => Block / Parts(channels) * Vector * KernelConstants.Trips;

    /// <summary>Whether the probabilities of a voxel add up to 1.</summary>
    public bool ClassesCompete => Activation is Activation.Softmax or Activation.TwoClassSigmoid;

    /// <summary>The kernel that makes the sums of a problem.</summary>
    public static KernelSpecialisation ForSums(in DiceProblem problem) => Of(problem, default, problem.HardPrediction);

    /// <summary>The kernel that makes the gradient of a problem.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="gradient">Where the gradient goes.</param>
    public static KernelSpecialisation ForGradient(in DiceProblem problem, in TensorDescriptor gradient) =>
        Of(problem, gradient, HardPrediction.None);

    /// <summary>The kernel that adds up segments: it depends on the kind of targets alone, so that it is compiled rarely.</summary>
    public KernelSpecialisation ForCollect() => Fallback() with
    {
        Logits = ElementType.Float32,
        Activation = Activation.Softmax,
        Term = VoxelTerm.None,
        Hard = HardPrediction.None,
    };

    /// <summary>
    /// The slower kernel that does the same for any number of channels, any exponent, any layout and any types of targets and weights. What it is
    /// told at run time has one value here, so that there are few of them.
    /// </summary>
    public KernelSpecialisation Fallback() => this with
    {
        Channels = 0,
        Targets = Targets.IsFloatingPoint() ? ElementType.Float64 : ElementType.Int64,
        Weights = ElementType.Float64,
        Minimum = false,
        Exponent = 0,
        Hard = Hard == HardPrediction.None ? HardPrediction.None : HardPrediction.Argmax,
        Contiguous = false,
        Wide = false,
        General = true,
    };

    /// <summary>What is defined for the compiler.</summary>
    public ImmutableArray<string> Macros() =>
    [
        Macro("CHANNELS", Channels),
        Macro("LOGITS", (int)Logits),
        Macro("TARGETS", (int)Targets),
        Macro("WEIGHTS", Weights is { } weights ? (int)weights : -1),
        Macro("MAPS", Maps ? 1 : 0),
        Macro("MINIMUM", Minimum ? 1 : 0),
        Macro("ACTIVATION", (int)Activation),
        Macro("EXPONENT", Exponent),
        Macro("TERM", (int)Term),
        Macro("HARD", (int)Hard),
        Macro("CONTIGUOUS", Contiguous ? 1 : 0),
        Macro("WIDE", Wide ? 1 : 0),
        Macro("GENERAL", General ? 1 : 0),
    ];

    private static string Macro(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"{name}={value}");

    private static KernelSpecialisation Of(in DiceProblem problem, in TensorDescriptor gradient, HardPrediction hard)
    {
        bool isContiguous = IsContiguous(problem.Logits, 2)
            && IsContiguous(problem.Targets, problem.TargetKind == TargetKind.Maps ? 2 : 1)
            && IsContiguous(problem.VoxelWeights, 1)
            && IsContiguous(gradient, 2);
        bool isMaps = problem.TargetKind == TargetKind.Maps;
        var narrow = new KernelSpecialisation(
            problem.Channels <= KernelConstants.MaxChannels ? problem.Channels : 0,
            problem.Logits.ElementType,
            problem.Targets.ElementType,
            problem.HasVoxelWeights ? problem.VoxelWeights.ElementType : null,
            isMaps,
            isMaps && problem.Intersection == IntersectionForm.Minimum,
            problem.Activation,
            problem.Exponent <= 2 ? problem.Exponent : 0,
            problem.VoxelTerm,
            hard,
            isContiguous,
            Wide: false);
        int vector = narrow.Vector;
        bool isWide = isContiguous
            && problem.Voxels % vector == 0
            && IsAligned(problem.Logits, 2, vector)
            && IsAligned(problem.Targets, isMaps ? 2 : 1, vector)
            && IsAligned(problem.VoxelWeights, 1, vector)
            && IsAligned(gradient, 2, vector);
        return narrow with { Wide = isWide };
    }

    private static bool IsContiguous(in TensorDescriptor tensor, int firstDimension)
    {
        if (tensor.Address == 0) return true; // there is none
        var layout = default(KernelLayout);
        return layout.TryRead(tensor, firstDimension) && layout.IsContiguous;
    }

    private static bool IsAligned(in TensorDescriptor tensor, int firstDimension, int vector)
    {
        if (tensor.Address == 0) return true;
        int size = tensor.ElementType.Size(), alignment = Math.Min(size * vector, KernelConstants.WidestLoad);
        if ((nuint)tensor.Address % (nuint)alignment != 0) return false;
        for (int d = 0; d < firstDimension; d++)
        {
            if (tensor.Shape[d] > 1 && tensor.Stride(d) * size % alignment != 0) return false;
        }

        return true;
    }
}
