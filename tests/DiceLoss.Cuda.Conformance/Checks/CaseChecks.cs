using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>Loss, sums and gradient of cases, against the reference in double.</summary>
internal static class CaseChecks
{
    private static readonly int[] s_channels = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 33, 64, 105, 128, 130, 256, 300, 725];

    /// <summary>One check for each case.</summary>
    public static IEnumerable<Check> All => [.. Kernels(), .. Channels(), .. Parts(), .. Layouts(), .. Confident(), .. AllRight(), .. FarFromZero(), .. Reductions()];

    // Whatever the loss is: the judge is the reference provider on the same numbers in float64.
    private static IEnumerable<Check> Kernels() => KernelCases.All.Select((what, i) =>
        new Check($"kernel {i:00}: {what}", session => Agreement.Holds(session.OnHostTensors, ReferenceProvider.Shared, what)) { IsShort = i % 5 == 0 });

    // Enough voxels for several tiles, and a last group that is cut in one of three.
    private static IEnumerable<Check> Channels() =>
        from channels in s_channels
        from kind in ((ElementType Logits, ElementType Labels, int Extra)[])
            [(ElementType.Float32, ElementType.Int64, 0), (ElementType.BFloat16, ElementType.UInt8, 3), (ElementType.Float16, ElementType.UInt8, 0)]
        let what = new Case
        {
            Shape = [2, channels, (channels > 130 ? 1100 : channels > 16 ? 4504 : 13_000) + kind.Extra],
            LogitsType = kind.Logits,
            LabelsType = kind.Labels,
            Seed = channels,
            Options = new DiceOptions { IgnoreLabel = kind.Labels == ElementType.Int64 ? -1 : 255, Smooth = 0.01 },
        }
        select OfBaseLoss($"channels {channels:000}", what) with { IsShort = channels is 1 or 5 or 16 or 17 or 105 && kind.Extra == 0 };

    // Channels that warps share, where targets are maps or there is no softmax: the last part has some of the one before it, or all have the same number.
    private static IEnumerable<Check> Parts() =>
        from channels in (int[])[35, 105, 256]
        from activation in (Activation[])[Activation.Softmax, Activation.Sigmoid, Activation.None]
        from kind in ((TargetKind Kind, ElementType Type, VoxelTerm Term, HardPrediction Hard)[])
        [
            (TargetKind.Maps, ElementType.UInt8, VoxelTerm.None, HardPrediction.Argmax), (TargetKind.Maps, ElementType.Float32, VoxelTerm.CrossEntropy, HardPrediction.None),
            (TargetKind.Labels, ElementType.Int64, VoxelTerm.Focal, HardPrediction.Threshold), (TargetKind.Maps, ElementType.BFloat16, VoxelTerm.Focal, HardPrediction.None),
        ]
        let weighted = kind.Term == VoxelTerm.Focal
        let what = new Case
        {
            Shape = [2, channels, 1100 + channels],
            LogitsType = weighted ? ElementType.Float16 : ElementType.Float32,
            Targets = kind.Kind,
            LabelsType = kind.Type,
            WeightsType = weighted ? ElementType.Float32 : null,
            Seed = channels,
            Options = new DiceOptions
            {
                Activation = activation,
                Exponent = kind.Type == ElementType.UInt8 ? 2 : 1,
                HardPrediction = kind.Hard,
                Smooth = 0.1,
                CrossEntropy = kind.Term == VoxelTerm.CrossEntropy && activation != Activation.None ? new CrossEntropy() : null,
                Focal = weighted && activation != Activation.None ? new Focal() : null,
            },
        }
        select new Check($"parts {channels:000}: {what}", session => Agreement.Holds(session.OnHostTensors, ReferenceProvider.Shared, session.Fitted(what)))
        {
            IsShort = channels == 35,
        };

    private static IEnumerable<Check> Layouts() =>
        from layout in Enum.GetValues<Layout>()
        from channels in (int[])[1, 5, 17]
        from type in (ElementType[])[ElementType.Float32, ElementType.Float16]
        let what = new Case
        {
            Shape = [2, channels, 7, 5, 90],
            LogitsType = type,
            LabelsType = ElementType.Int16,
            LogitsLayout = layout,
            LabelsLayout = Enum.GetValues<Layout>()[^(1 + (int)layout)],
            GradientLayout = layout == Layout.Expanded ? Layout.Reversed : layout,
            Seed = channels,
        }
        select OfBaseLoss($"layout {layout} {channels:00}", what) with { IsShort = layout is Layout.ChannelsLast or Layout.Reversed && channels == 5 };

    private static IEnumerable<Check> Confident() =>
        from margin in (double[])[4, 8, 12, 16, 20, 30]
        from channels in (int[])[1, 2, 5, 20]
        from type in Cases.LogitsTypes
        let what = new Case
        {
            Shape = [1, channels, 2000],
            LogitsType = type,
            Margin = margin,
            Seed = channels,
            Upstream = UpstreamKind.Scalar,
            UpstreamFactor = 4096,
        }
        select OfBaseLoss($"confident {margin:00} {channels:00}", what, sharpScale: type != ElementType.Float64);

    // Beside a power of 1, those of the other classes are each less than half of what a sum of float32 is rounded by.
    private static IEnumerable<Check> AllRight() =>
        from channels in (int[])[17, 105, 300]
        from smoothing in (double[])[0, 0.1]
        let what = new Case
        {
            Shape = [1, channels, 2 * channels],
            LabelsType = ElementType.Int16,
            Margin = 17.35,
            AllRight = true,
            IgnoredShare = 0,
            Options = new DiceOptions { CrossEntropy = new CrossEntropy { LabelSmoothing = smoothing } },
        }
        select new Check($"all right {channels:000}: {what}", session => Agreement.Holds(session.OnHostTensors, ReferenceProvider.Shared, what, ofSums: false)) { IsShort = channels == 105 };

    // A softmax does not change where a number is added to all logits; what is subtracted from them is then large.
    private static IEnumerable<Check> FarFromZero() =>
        from channels in (int[])[5, 12, 20, 300]
        from type in Cases.LogitsTypes
        let what = new Case { Shape = [1, channels, 2000], LogitsType = type, LabelsType = ElementType.UInt8, IgnoredShare = 0, Seed = channels }
        select new Check($"far from 0 {channels:000}: {what}", session =>
        {
            using var run = new CaseRun(session.Fitted(what), logits =>
            {
                for (int i = 0; i < logits.Length; i++) logits[i] += 1000;
            });
            Conformity.Check(session.OnHostTensors, run);
        })
        { IsShort = type == ElementType.Float16 && channels is 12 or 300 };

    private static IEnumerable<Check> Reductions() =>
        from reduction in Cases.Reductions
        from upstream in Enum.GetValues<UpstreamKind>()
        let what = new Case
        {
            Shape = [3, 4, 1300],
            Upstream = upstream,
            Seed = 2,
            PartlyAnnotated = upstream == UpstreamKind.Expanded,
            Options = new DiceOptions
            {
                Reduction = reduction,
                IgnoreChannel = 1,
                IgnoreLabel = 2,
                ClassWeights = upstream == UpstreamKind.Scalar ? [0.3, 0, 1, 2.5] : null,
                SmoothNumerator = 0.1,
                SmoothDenominator = 0.3,
            },
        }
        select OfBaseLoss($"reduction {reduction}", what);

    private static Check OfBaseLoss(string name, Case what, bool sharpScale = false) =>
        new($"{name}: {what}", session => Conformity.Check(session.OnHostTensors, session.Fitted(what), sharpScale));
}
