using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>
/// The pairwise list: few cases, in whose kernels every two macros meet in every way that options allow, and each of them every way to pass the
/// factor of the gradient. A test of its own holds it to that.
/// </summary>
internal static class KernelCases
{
    private const int Drawn = 2000; // all pairs are among them, and of more no fewer would be taken

    private static readonly Activation[] s_activations = [Activation.Softmax, Activation.TwoClassSigmoid, Activation.Sigmoid, Activation.None];

    private static readonly int[] s_channels = [1, 2, 3, 5, 8, 16, 17, 257];

    private static readonly ElementType?[] s_weights = [null, .. Cases.LogitsTypes];

    // Groups of voxels that one load takes; a last group that is cut; voxels that do not lie next to each other, of one channel and of several.
    private static readonly (long Voxels, Layout Layout)[] s_places =
        [(1048, Layout.Contiguous), (1035, Layout.Contiguous), (1035, Layout.ChannelsLast), (1035, Layout.Stepped)];

    /// <summary>The list.</summary>
    public static IReadOnlyList<Case> All { get; } = Pairwise.Of(
        [.. Draw().Where(IsPossible).Take(Drawn)],
        what => what.Options.Activation, what => what.Options.VoxelTerm, what => what.Channels, what => what.LogitsType, what => what.Targets, what => what.LabelsType,
        what => $"{what.WeightsType}", what => what.Options.Intersection, what => what.Options.Exponent, what => what.Options.HardPrediction,
        what => (what.Voxels, what.LogitsLayout), what => what.Upstream);

    private static IEnumerable<Case> Draw()
    {
        var random = new Random(1);
        for (int seed = 0; ; seed++)
        {
            (long voxels, Layout layout) = Any(s_places);
            VoxelTerm term = Any(Enum.GetValues<VoxelTerm>());
            UpstreamKind upstream = Any(Enum.GetValues<UpstreamKind>());
            IntersectionForm intersection = Any(Enum.GetValues<IntersectionForm>());
            yield return new Case
            {
                Shape = [2, Any(s_channels), voxels],
                LogitsType = Any(Cases.LogitsTypes),
                Targets = Any(Enum.GetValues<TargetKind>()),
                LabelsType = Any(Cases.MapsTypes),
                WeightsType = Any(s_weights),
                LogitsLayout = layout,
                LabelsLayout = layout,
                GradientLayout = layout,
                Upstream = upstream,
                Spread = intersection == IntersectionForm.Minimum ? 1 : 2, // p does not round to t, where the slope is another
                Seed = seed,
                Options = new DiceOptions
                {
                    Activation = Any(s_activations),
                    Exponent = 1 + random.Next(3),
                    Intersection = intersection,
                    HardPrediction = Any(Enum.GetValues<HardPrediction>()),
                    Reduction = upstream is UpstreamKind.PerSample or UpstreamKind.Expanded ? DiceReduction.None : DiceReduction.Mean,
                    Smooth = 0.1,
                    CrossEntropy = term is VoxelTerm.CrossEntropy or VoxelTerm.SmoothedCrossEntropy
                        ? new CrossEntropy { LabelSmoothing = term == VoxelTerm.SmoothedCrossEntropy ? 0.1 : 0 }
                        : null,
                    Focal = term == VoxelTerm.Focal ? new Focal { Gamma = 2, Alpha = 0.25 } : null,
                },
            };
        }

        T Any<T>(T[] values) => values[random.Next(values.Length)];
    }

    // What options allow, and what makes a difference to kernels. Not that for which NVRTC takes half a minute a kernel: a softmax and maps of many channels
    // in registers, of voxels that do not lie next to each other.
    private static bool IsPossible(Case what)
    {
        DiceOptions options = what.Options;
        bool isSoft = what.LabelsType.IsFloatingPoint(), isMinimum = options.Intersection == IntersectionForm.Minimum;
        bool takesLong = options.Activation == Activation.Softmax && what.Targets == TargetKind.Maps && what.LogitsLayout != Layout.Contiguous && what.Channels is >= 8 and <= 17;
        bool isOfActivation = options.Activation switch
        {
            Activation.Softmax => what.Channels > 1,
            Activation.TwoClassSigmoid => what.Channels == 1,
            Activation.Sigmoid => options.VoxelTerm != VoxelTerm.SmoothedCrossEntropy,
            _ => options.VoxelTerm == VoxelTerm.None,
        };
        return isOfActivation
            && (what.Targets == TargetKind.Maps || !(isSoft || isMinimum))
            && !(isMinimum && options.Exponent > 1)
            && !(isSoft && options.HardPrediction != HardPrediction.None)
            && !(what.Classes == 1 && options.HardPrediction == HardPrediction.Argmax)
            && !(what.Channels == 1 && what.LogitsLayout == Layout.ChannelsLast)
            && !takesLong;
    }
}
