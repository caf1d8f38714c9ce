using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>
/// The pairwise list: cases in whose kernels every value of every macro occurs, and every pair of activation and voxel term, of activation
/// and kind of target, and of the types of logits and targets. A test of its own holds it to that.
/// </summary>
internal static class KernelCases
{
    private static readonly (Activation Activation, VoxelTerm Term)[] s_terms =
    [
        (Activation.Softmax, VoxelTerm.None), (Activation.Sigmoid, VoxelTerm.CrossEntropy), (Activation.TwoClassSigmoid, VoxelTerm.SmoothedCrossEntropy),
        (Activation.None, VoxelTerm.None), (Activation.Softmax, VoxelTerm.Focal), (Activation.TwoClassSigmoid, VoxelTerm.None),
        (Activation.Sigmoid, VoxelTerm.Focal), (Activation.Softmax, VoxelTerm.CrossEntropy), (Activation.TwoClassSigmoid, VoxelTerm.Focal),
        (Activation.Sigmoid, VoxelTerm.None), (Activation.Softmax, VoxelTerm.SmoothedCrossEntropy), (Activation.TwoClassSigmoid, VoxelTerm.CrossEntropy),
        (Activation.None, VoxelTerm.None),
    ];

    // Groups of voxels that one load takes; a last group that is cut; voxels that do not lie next to each other.
    private static readonly (long Voxels, Layout Layout)[] s_places = [(1044, Layout.Contiguous), (1035, Layout.Contiguous), (1035, Layout.ChannelsLast)];

    private static readonly int[] s_channels = [3, 5, 1, 2, 257, 16, 17, 8];

    private static readonly ElementType?[] s_weights = [null, ElementType.Float32, null, ElementType.Float16, ElementType.Float64, null, ElementType.BFloat16];

    /// <summary>The list.</summary>
    public static IReadOnlyList<Case> All { get; } = [.. Make()];

    private static IEnumerable<Case> Make()
    {
        int i = 0;
        foreach (ElementType logits in Cases.LogitsTypes)
        {
            foreach (ElementType targets in Cases.LabelsTypes) yield return Make(i++, logits, TargetKind.Labels, targets);
            foreach (ElementType targets in Cases.MapsTypes) yield return Make(i++, logits, TargetKind.Maps, targets);
        }
    }

    // The lists have lengths without a common divisor, so that their members meet.
    private static Case Make(int i, ElementType logits, TargetKind kind, ElementType targets)
    {
        (Activation activation, VoxelTerm term) = s_terms[i % s_terms.Length];
        (long voxels, Layout layout) = s_places[i % s_places.Length];
        int channels = activation == Activation.TwoClassSigmoid ? 1 : s_channels[i % s_channels.Length];
        if (channels == 1 && activation == Activation.Softmax) channels = 6;
        var hard = (HardPrediction)(i / 2 % 3);
        if (hard == HardPrediction.Argmax && channels == 1 && activation != Activation.TwoClassSigmoid) hard = HardPrediction.Threshold;
        if (targets.IsFloatingPoint()) hard = HardPrediction.None; // counts are of integers
        bool minimum = kind == TargetKind.Maps && i % 4 == 1;
        return new Case
        {
            Shape = [2, channels, voxels],
            LogitsType = logits,
            Targets = kind,
            LabelsType = targets,
            WeightsType = s_weights[i % s_weights.Length],
            LogitsLayout = layout,
            LabelsLayout = layout,
            GradientLayout = layout,
            Upstream = (UpstreamKind)(i % 3),
            Seed = i,
            Options = new DiceOptions
            {
                Activation = activation,
                Exponent = minimum ? 1 : 1 + (i % 5 % 3),
                Intersection = minimum ? IntersectionForm.Minimum : IntersectionForm.Product,
                HardPrediction = hard,
                Smooth = 0.1,
                CrossEntropy = term is VoxelTerm.CrossEntropy or VoxelTerm.SmoothedCrossEntropy
                    ? new CrossEntropy { LabelSmoothing = term == VoxelTerm.SmoothedCrossEntropy ? 0.1 : 0 }
                    : null,
                Focal = term == VoxelTerm.Focal ? new Focal { Gamma = 2, Alpha = 0.25 } : null,
            },
        };
    }
}
