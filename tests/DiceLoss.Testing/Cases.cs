using FsCheck;
using FsCheck.Fluent;

namespace DiceLoss.Testing;

/// <summary>Random cases, and how they shrink.</summary>
public static class Cases
{
    public static ElementType[] LogitsTypes { get; } =
        [ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16];

    public static ElementType[] LabelsTypes { get; } =
        [ElementType.Int8, ElementType.UInt8, ElementType.Int16, ElementType.Int32, ElementType.Int64];

    /// <summary>Masks and soft maps.</summary>
    public static ElementType[] MapsTypes { get; } = [.. LabelsTypes, .. LogitsTypes];

    /// <summary>The reductions that the base loss is judged with; a loss per class is judged with the other options of <see cref="LossOptions"/>.</summary>
    public static DiceReduction[] Reductions { get; } = [.. Enum.GetValues<DiceReduction>().Where(reduction => reduction != DiceReduction.PerClass)];

    /// <summary>Any case: ranks 0 to 6, every type, layout, activation and option.</summary>
    /// <param name="greatestVoxels">The largest number of voxels of a sample.</param>
    /// <param name="logits">Restricts the type of the logits.</param>
    public static Arbitrary<Case> Any(int greatestVoxels, params ElementType[] logits)
    {
        Gen<Case> generator =
            from shape in Shape(greatestVoxels)
            from types in Gen.Zip(Gen.Elements(logits.Length > 0 ? logits : LogitsTypes), Gen.Elements(LabelsTypes))
            from options in Options((int)shape[1])
            from read in Gen.Zip(ReadLayout, ReadLayout)
            from written in Gen.Frequency((3, Gen.Constant(Layout.Contiguous)), (2, Gen.Elements(WrittenLayouts)))
            from upstream in Gen.Elements(Enum.GetValues<UpstreamKind>())
            from factor in Gen.Elements(1.7, -1.7)
            from numbers in Gen.Zip(Gen.Elements(0.1, 1.0, 3.0, 10.0), Gen.Elements(0.0, 0.1, 0.6, 1.0))
            from seed in Gen.Choose(0, 1_000_000)
            select new Case
            {
                Shape = shape,
                LogitsType = types.Item1,
                LabelsType = types.Item2,
                Options = options,
                LogitsLayout = read.Item1,
                LabelsLayout = read.Item2,
                GradientLayout = written,
                Upstream = upstream,
                UpstreamFactor = factor,

                // p^e may be less than float32 can hold, and then the class is absent unless something is added to its masses.
                Spread = options.Exponent > 1 && (options.SmoothDenominator ?? options.Smooth) == 0 ? Math.Min(numbers.Item1, 3) : numbers.Item1,
                IgnoredShare = numbers.Item2,
                Seed = seed,
            };
        return Arb.From(generator, Smaller);
    }

    /// <summary>Any case with maps, voxel weights and classes that are not annotated: each of them mostly, none never.</summary>
    /// <inheritdoc cref="Any"/>
    public static Arbitrary<Case> AnyTargets(int greatestVoxels, params ElementType[] logits)
    {
        Gen<Case> generator =
            from what in Any(greatestVoxels, logits).Generator
            from targets in Gen.Elements(TargetKind.Maps, TargetKind.Maps, TargetKind.Labels)
            from mapsType in Gen.Elements(MapsTypes)
            from oneHot in Gen.Elements(false, false, true)
            from minimum in Gen.Elements(false, true)
            from weightsType in Gen.Elements<ElementType?>([null, .. LogitsTypes])
            from shared in Gen.Elements(false, true)
            from weightsLayout in ReadLayout
            from partly in Gen.Elements(false, false, true)
            select what with
            {
                Targets = targets,
                LabelsType = targets == TargetKind.Maps ? mapsType : what.LabelsType,
                OneHot = oneHot,
                WeightsType = weightsType,
                SharedWeights = shared,
                WeightsLayout = weightsLayout,
                PartlyAnnotated = partly,
                Options = minimum ? what.Options with { Intersection = IntersectionForm.Minimum, Exponent = 1 } : what.Options,
                Spread = minimum ? Math.Min(what.Spread, 1) : what.Spread, // else p may round to t, where the slope is another
            };
        return Arb.From(generator, Smaller);
    }

    private static Layout[] WrittenLayouts { get; } = [.. Enum.GetValues<Layout>().Where(layout => layout != Layout.Expanded)];

    private static Gen<Layout> ReadLayout =>
        Gen.Frequency((3, Gen.Constant(Layout.Contiguous)), (3, Gen.Elements(Enum.GetValues<Layout>())));

    private static Gen<long[]> Shape(int greatestVoxels) =>
        from samples in Gen.Frequency((1, Gen.Constant(0)), (20, Gen.Choose(1, 3)))
        from channels in Gen.Frequency((3, Gen.Constant(1)), (8, Gen.Choose(2, 9)), (2, Gen.Elements(16, 17, 33, 70, 130)))
        from rank in Gen.Choose(0, 6)
        from spatial in Gen.ArrayOf(Gen.Choose(0, 1000), rank)
        select MakeShape(samples, channels, spatial, channels > 30 ? greatestVoxels / 8 : greatestVoxels);

    // Lengths whose product stays below the limit: each takes a random part of what the ones before it left.
    private static long[] MakeShape(int samples, int channels, int[] spatial, int greatestVoxels)
    {
        long[] shape = [samples, channels, .. new long[spatial.Length]];
        double left = greatestVoxels;
        for (int d = 0; d < spatial.Length; d++)
        {
            bool last = d == spatial.Length - 1;
            double length = Math.Pow(left, last ? spatial[d] / 1000.0 : spatial[d] / 1000.0 / Math.Max(1, spatial.Length - d - 1));
            shape[d + 2] = spatial[d] < 12 ? 0 : Math.Max(1, (long)length);
            left /= Math.Max(1, shape[d + 2]);
        }

        return shape;
    }

    private static Gen<DiceOptions> Options(int channels) =>
        from activation in Gen.Elements(channels == 1
            ? [Activation.Auto, Activation.TwoClassSigmoid, Activation.Sigmoid, Activation.None]
            : new[] { Activation.Auto, Activation.Softmax, Activation.Auto, Activation.Sigmoid, Activation.None })
        from exponent in Gen.Elements(1, 1, 2, 2, 3, 5)
        from smooth in Gen.Elements(0, 0, 1e-5, 0.5, 1.0)
        from separate in Gen.Elements<(double?, double?)>((null, null), (null, null), (0.0, 1e-3), (2.0, null))
        from reduction in Gen.Elements(Reductions)
        from average in Gen.Elements(Enum.GetValues<ClassAverage>())
        from ignoreLabel in Gen.Elements<long>(-1, -1, 0, 1, channels, 255, -100, long.MinValue)
        from ignoreChannel in Gen.Frequency((2, Gen.Constant(-1)), (1, Gen.Choose(-2, channels + 1)))
        from weighted in Gen.Frequency((2, Gen.Constant(false)), (1, Gen.Constant(true)))
        from weights in Gen.ArrayOf(Gen.Elements(0, 0.25, 1.0, 2.5), ClassCount(activation, channels))
        select new DiceOptions
        {
            Activation = activation,
            Exponent = exponent,
            Smooth = smooth,
            SmoothNumerator = separate.Item1,
            SmoothDenominator = separate.Item1 > 0 && smooth < 0.5 ? 0.5 : separate.Item2, // else the score of a class of hardly any mass is without bound
            Reduction = reduction,
            ClassAverage = ClassCount(activation, channels) > 1 ? average : ClassAverage.All,
            IgnoreLabel = ignoreLabel,
            IgnoreChannel = ignoreChannel,
            ClassWeights = weighted ? ClassWeights.Create(weights) : null,
        };

    private static int ClassCount(Activation activation, int channels) =>
        channels == 1 && activation is Activation.Auto or Activation.TwoClassSigmoid ? 2 : channels;

    private static IEnumerable<Case> Smaller(Case large)
    {
        var plainer = new DiceOptions { Activation = large.Options.Activation };
        if (large.Options != plainer) yield return large with { Options = plainer };
        if (large.Options.Exponent > 1) yield return large with { Options = large.Options with { Exponent = 1 } };
        if (large.Options.ClassWeights is not null) yield return large with { Options = large.Options with { ClassWeights = null } };
        if (large.Options.IgnoreLabel != -1) yield return large with { Options = large.Options with { IgnoreLabel = -1 } };
        if (large.Options.IgnoreChannel != -1) yield return large with { Options = large.Options with { IgnoreChannel = -1 } };
        if (large.LogitsLayout != Layout.Contiguous) yield return large with { LogitsLayout = Layout.Contiguous };
        if (large.LabelsLayout != Layout.Contiguous) yield return large with { LabelsLayout = Layout.Contiguous };
        if (large.GradientLayout != Layout.Contiguous) yield return large with { GradientLayout = Layout.Contiguous };
        if (large.UpstreamFactor < 0) yield return large with { UpstreamFactor = -large.UpstreamFactor };
        if (large.Upstream != UpstreamKind.Absent) yield return large with { Upstream = UpstreamKind.Absent };
        if (large.LogitsType != ElementType.Float32) yield return large with { LogitsType = ElementType.Float32 };
        if (large.Targets != TargetKind.Labels) yield return large with { Targets = TargetKind.Labels, LabelsType = ElementType.Int64 };
        if (large.LabelsType != ElementType.Int64) yield return large with { LabelsType = ElementType.Int64 };
        if (large.WeightsType is not null) yield return large with { WeightsType = null };
        if (large.PartlyAnnotated) yield return large with { PartlyAnnotated = false };
        if (large.IgnoredShare > 0) yield return large with { IgnoredShare = 0 };
        for (int d = 2; d < large.Shape.Length; d++) yield return large with { Shape = [.. large.Shape[..d], .. large.Shape[(d + 1)..]] };
        for (int d = 0; d < large.Shape.Length; d++)
        {
            // Fewer channels would need other weights and another activation.
            if (large.Shape[d] > 1 && (d != 1 || (large.Options.ClassWeights is null && large.Shape[1] > 2)))
            {
                yield return large with { Shape = [.. large.Shape[..d], large.Shape[d] / 2, .. large.Shape[(d + 1)..]] };
                yield return large with { Shape = [.. large.Shape[..d], large.Shape[d] - 1, .. large.Shape[(d + 1)..]] };
            }
        }
    }
}
