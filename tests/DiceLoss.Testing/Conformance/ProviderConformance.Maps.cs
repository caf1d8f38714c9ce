using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace DiceLoss.Testing.Conformance;

// Maps: masks and soft targets per class, which elements count, what is an error that names itself.
public abstract partial class ProviderConformance
{
    private static readonly (int Channels, Activation Activation)[] s_activations =
    [
        (1, Activation.TwoClassSigmoid), (2, Activation.Softmax), (5, Activation.Softmax), (1, Activation.Sigmoid), (4, Activation.Sigmoid), (3, Activation.None),
    ];

    private static readonly (int Channels, Activation Activation)[] s_activationsOfLogits = [.. s_activations.Where(kernel => kernel.Activation != Activation.None)];

    /// <summary>The types of the logits, with every activation.</summary>
    public static TheoryData<ElementType, int, Activation> TypesAndActivations()
    {
        var data = new TheoryData<ElementType, int, Activation>();
        foreach (ElementType type in Cases.LogitsTypes)
        {
            foreach ((int channels, Activation activation) in s_activations) data.Add(type, channels, activation);
        }

        return data;
    }

    [Fact]
    public void ForwardBackward_RandomTargets_AgreeWithReference() =>
        Property.Holds(Cases.AnyTargets(500), Times(200), what => Conformity.Check(Provider, what));

    [Fact]
    public void ForwardBackward_MapsInDouble_AgreeWithTheirDefinitionAndCentralDifferences() => Property.Holds(
        Arb.From(
            from activation in Gen.Elements(s_activations)
            from options in LossOptions.Generator(activation.Activation == Activation.TwoClassSigmoid ? 2 : activation.Channels)
            from type in Gen.Elements(Cases.MapsTypes)
            from intersection in Gen.Elements(Enum.GetValues<IntersectionForm>())
            from ignoreLabel in Gen.Elements<long>(-1, -1, 0, 1)
            from seed in Gen.Choose(0, 1000)
            select new Case
            {
                Shape = [2, activation.Channels, 5],
                LogitsType = ElementType.Float64,
                Targets = TargetKind.Maps,
                LabelsType = type,
                Options = options with
                {
                    Activation = activation.Activation,
                    Intersection = intersection,
                    Exponent = intersection == IntersectionForm.Minimum ? 1 : options.Exponent,
                    IgnoreLabel = ignoreLabel,
                },
                Spread = 1,
                Seed = seed,
            }), Times(150), AgreesWithItsDefinition);

    [Theory]
    [MemberData(nameof(TypesAndActivations))]
    public void ForwardBackward_EveryKernelOfMaps_AgreesWithReference(ElementType logits, int channels, Activation activation)
    {
        var kernels =
            from maps in Cases.MapsTypes
            from form in new (IntersectionForm Intersection, int Exponent)[] { (IntersectionForm.Product, 1), (IntersectionForm.Product, 2), (IntersectionForm.Minimum, 1) }
            select (Maps: maps, form.Intersection, form.Exponent);
        IEnumerable<Case> cases = kernels.Select((kernel, i) => new Case
        {
            Shape = i % 2 == 0 ? [1, channels, 101] : [2, channels, 5, 13],
            LogitsType = logits,
            Targets = TargetKind.Maps,
            LabelsType = kernel.Maps,
            Seed = i + 1,
            Options = new DiceOptions { Activation = activation, Intersection = kernel.Intersection, Exponent = kernel.Exponent, Smooth = 0.5 },
        });
        foreach (Case what in Chosen(cases, (int)logits, channels, (int)activation)) Conformity.Check(Provider, what);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(30)]
    public void ForwardBackward_ConfidentOneHotMaps_StaysWithinTheAbsoluteBounds(double margin)
    {
        foreach ((int channels, Activation activation) in s_activationsOfLogits)
        {
            foreach (IntersectionForm intersection in Enum.GetValues<IntersectionForm>())
            {
                // A probability that float32 cannot tell from 1 has met its target: the derivative of the lesser of both is 1/2 there, not 1.
                if (intersection == IntersectionForm.Minimum && margin > 16) continue;
                foreach (ElementType type in new[] { ElementType.Float32, ElementType.BFloat16 })
                {
                    Conformity.Check(
                        Provider,
                        new Case
                        {
                            Shape = [1, channels, 1500],
                            LogitsType = type,
                            Targets = TargetKind.Maps,
                            OneHot = true,
                            LabelsType = intersection == IntersectionForm.Product ? ElementType.UInt8 : ElementType.Float32,
                            Margin = margin,
                            Seed = channels,
                            Upstream = UpstreamKind.Scalar,
                            UpstreamFactor = 4096,
                            Options = new DiceOptions { Activation = activation, Intersection = intersection },
                        },
                        sharpScale: true);
                }
            }
        }
    }

    [Fact]
    public void ForwardBackward_OneHotMaps_GiveTheLossOfTheirLabels()
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            foreach (ElementType type in Cases.MapsTypes.Where(type => type != ElementType.UInt8))
            {
                foreach (IntersectionForm intersection in Enum.GetValues<IntersectionForm>())
                {
                    var what = new Case
                    {
                        Shape = [2, channels, 333],
                        Seed = channels,
                        Options = new DiceOptions { Activation = activation, Intersection = intersection, Reduction = DiceReduction.None },
                    };
                    using CaseRun labels = new(what), maps = new(what with { Targets = TargetKind.Maps, OneHot = true, LabelsType = type });
                    DiceResult expected = labels.Forward(Provider), result = maps.Forward(Provider);
                    ErrorRule.Losses(expected.Losses.ToArray(), result.Losses, null, ElementType.Float32, 1, maps.Case.ToString());
                    double[] gradient = labels.Backward(Provider, expected);
                    ErrorRule.Gradient(gradient, maps.Backward(Provider, result), null, ElementType.Float32, gradient.Max(Math.Abs), maps.Case.ToString());
                }
            }
        }
    }

    [Fact]
    public void ForwardBackward_PredictionIsTheSoftMap_MinimumHasNoLossAndProductHas()
    {
        foreach (ElementType type in Cases.LogitsTypes)
        {
            var what = new Case
            {
                Shape = [1, 3, 200],
                LogitsType = type,
                Targets = TargetKind.Maps,
                LabelsType = type,
                IgnoredShare = 0,
                Options = new DiceOptions { Activation = Activation.None, Intersection = IntersectionForm.Minimum },
            };
            using var run = new CaseRun(what);
            run.Labels.Write(run.Logits.Numbers());
            Assert.Equal(0, run.Forward(Provider).Loss, 1e-15);
            Assert.True(Dice.Forward(run.Logits.Descriptor, run.Targets, new DiceOptions { Activation = Activation.None }, Provider).Loss > 0.1);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void ForwardBackward_NotFiniteInIgnoredElements_ChangesNothing(double value)
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            foreach (ElementType type in new[] { ElementType.Int8, ElementType.Float32 })
            {
                var what = new Case
                {
                    Shape = [2, channels, 700],
                    Targets = TargetKind.Maps,
                    LabelsType = type,
                    Seed = 6,
                    Options = new DiceOptions { Activation = activation, Exponent = 2 },
                };
                using var clean = new CaseRun(what);
                double[] maps = clean.Labels.Numbers();
                bool[] isLeftOut = [.. maps.Select((map, i) => what.ClassesCompete
                    ? Enumerable.Range(0, channels).Any(c => maps[(i / (channels * 700) * channels * 700) + (c * 700) + (i % 700)] == -1)
                    : map == -1)];
                using var dirty = new CaseRun(what, logits =>
                {
                    for (int i = 0; i < logits.Length; i++) logits[i] = isLeftOut[i] ? value : logits[i];
                });
                DiceResult expected = clean.Forward(Provider), actual = dirty.Forward(Provider);
                SameSums(expected.Sums, actual.Sums);
                double[] gradient = dirty.Backward(Provider, actual);
                ErrorRule.SameBits(clean.Backward(Provider, expected), gradient, $"{what}: gradient");
                Assert.All(gradient.Zip(isLeftOut), element => Assert.True(element.Second == (element.First == 0), $"{what}: gradient {element.First}, left out {element.Second}"));
            }
        }
    }

    [Fact]
    public void ForwardBackward_NaNBesideMaps_MakesItsSampleNaN()
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            foreach (ElementType type in new[] { ElementType.UInt8, ElementType.Float32 })
            {
                var what = new Case
                {
                    Shape = [2, channels, 301],
                    Targets = TargetKind.Maps,
                    LabelsType = type,
                    IgnoredShare = 0,
                    Options = new DiceOptions { Activation = activation, Reduction = DiceReduction.None },
                };
                foreach (int position in s_positions) BadSampleOnly(what, [(position % channels, double.NaN)], position);
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Int8)]
    [InlineData(ElementType.Float32)]
    public void ForwardBackward_EveryElementIgnored_LossAndGradientAreZero(ElementType type)
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            using var run = new CaseRun(
                new Case { Shape = [2, channels, 600], Targets = TargetKind.Maps, LabelsType = type, IgnoredShare = 1, Options = new DiceOptions { Activation = activation } });
            DiceResult result = run.Forward(Provider);
            Assert.Equal(0, result.Loss);
            Assert.Equal(0, result.Sums[SumTerm.VoxelMass, 1][0].Value);
            Assert.All(run.Backward(Provider, result), gradient => Assert.Equal(0, gradient));
        }
    }

    public static TheoryData<ElementType, long> InvalidMasks()
    {
        var data = new TheoryData<ElementType, long>();
        foreach (ElementType type in Cases.LabelsTypes)
        {
            (long least, long greatest) = Elements.Range(type);
            long[] values = [-2, 2, least, greatest, 255, 256, 257, 65537, (1L << 32) + 1, (1L << 32) - 1, 1L << 32, (1L << 53) + 1];
            foreach (long value in values.Distinct().Where(value => value is < -1 or > 1 && Elements.Fits(value, type))) data.Add(type, value);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(InvalidMasks))]
    public void Forward_InvalidMask_NamesTheFirstAndTheCount(ElementType type, long value) =>
        InvalidMap(type, address => Elements.WriteInteger(address, type, value), value, "masks are neither 0 nor 1");

    public static TheoryData<ElementType, double> InvalidSoftMaps()
    {
        var data = new TheoryData<ElementType, double>();
        foreach (ElementType type in Cases.LogitsTypes)
        {
            double next = type switch { ElementType.Float16 => 1.0 / 1024, ElementType.BFloat16 => 1.0 / 128, _ => ErrorRule.RoundingOfFloat };
            foreach (double value in new[] { 1 + next, 1.5, -0.25, -2, 255, -6e-8, double.NaN, double.PositiveInfinity, double.NegativeInfinity }) data.Add(type, Elements.Rounded(value, type));
        }

        // What is judged and reported is the number itself, not what kernels make of it.
        foreach (double value in new[] { 1.1, 1 + 1e-12, -1e-60 }) data.Add(ElementType.Float64, value);
        return data;
    }

    [Theory]
    [MemberData(nameof(InvalidSoftMaps))]
    public void Forward_InvalidSoftMap_NamesTheFirstAndTheCount(ElementType type, double value) =>
        InvalidMap(type, address => Elements.WriteNumber(address, type, value), value, "maps are neither from 0 to 1");

    [Theory]
    [InlineData(ElementType.UInt8)]
    [InlineData(ElementType.Float16)]
    public void Forward_EveryElementInvalid_CountsThemAll(ElementType type)
    {
        foreach (Layout layout in new[] { Layout.Contiguous, Layout.ChannelsLast })
        {
            using var run = new CaseRun(new Case { Shape = [3, 4, 2501], Targets = TargetKind.Maps, LabelsType = type, LabelsLayout = layout });
            run.Labels.Write(Array.ConvertAll(run.Labels.Numbers(), _ => 7.0));
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
            Assert.StartsWith("30012 value(s) of the ma", error.Message, StringComparison.Ordinal);
            Assert.Contains("the first is 7, in sample 0, channel 0 at voxel [0].", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Backward_MapsSpoiltSinceForward_Throws()
    {
        foreach (ElementType type in new[] { ElementType.UInt8, ElementType.Int64, ElementType.Float32 })
        {
            using var run = new CaseRun(new Case { Shape = [2, 3, 1000], Targets = TargetKind.Maps, LabelsType = type });
            DiceResult result = run.Forward(Provider);
            if (type.IsFloatingPoint()) Elements.WriteNumber(run.Labels.AddressOf(4700), type, double.NaN);
            else Elements.WriteInteger(run.Labels.AddressOf(4700), type, 2);
            BackwardOfSpoilt(run, result);
        }
    }

    [Theory]
    [InlineData(Layout.Contiguous)]
    [InlineData(Layout.ChannelsLast)]
    [InlineData(Layout.Cropped)]
    [InlineData(Layout.Stepped)]
    [InlineData(Layout.Permuted)]
    [InlineData(Layout.Reversed)]
    [InlineData(Layout.Expanded)]
    public void ForwardBackward_AnyStridesOfMapsAndWeights_GiveTheBitsOfContiguousTensors(Layout layout)
    {
        int seed = 0;
        foreach (long[] shape in new long[][] { [2, 5, 3, 4, 90], [2, 1, 300, 3], [2, 3, 777] })
        {
            foreach (ElementType type in new[] { ElementType.UInt8, ElementType.Int64, ElementType.Float32, ElementType.Float16 })
            {
                var what = new Case
                {
                    Shape = shape,
                    LogitsType = Cases.LogitsTypes[seed % 4],
                    Targets = TargetKind.Maps,
                    LabelsType = type,
                    LabelsLayout = layout,
                    WeightsType = type == ElementType.UInt8 ? ElementType.Float64 : ElementType.Float32,
                    WeightsLayout = layout,
                    SharedWeights = type == ElementType.Int64,
                    LogitsLayout = seed % 3 == 0 ? layout : Layout.Contiguous,
                    GradientLayout = layout == Layout.Expanded || seed % 3 == 1 ? Layout.Contiguous : layout,
                    Seed = ++seed,
                };
                using CaseRun strided = new(what), contiguous = new(what with
                {
                    LogitsLayout = Layout.Contiguous,
                    LabelsLayout = Layout.Contiguous,
                    WeightsLayout = Layout.Contiguous,
                    GradientLayout = Layout.Contiguous,
                });
                contiguous.Logits.Write(strided.Logits.Numbers());
                contiguous.Labels.Write(strided.Labels.Numbers());
                contiguous.Weights!.Write(strided.Weights!.Numbers());
                DiceResult one = strided.Forward(Provider), other = contiguous.Forward(Provider);
                SameSums(other.Sums, one.Sums);
                ErrorRule.SameBits(contiguous.Backward(Provider, other), strided.Backward(Provider, one), $"{what}: gradient");
                if (what.LogitsLayout == Layout.Expanded) continue;
                ErrorRule.SameBits(strided.Gradient.Numbers(), strided.BackwardInPlace(Provider, one), $"{what}: gradient in place");
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Float32, 3)]
    [InlineData(ElementType.Float64, 2)]
    [InlineData(ElementType.BFloat16, 1)]
    public void ForwardBackward_EveryVoxelCountOfMapsTo130_AgreesWithReference(ElementType type, int channels)
    {
        foreach (int voxels in Chosen(Enumerable.Range(0, 131)))
        {
            Conformity.Check(Provider, new Case
            {
                Shape = [1, channels, voxels],
                LogitsType = type,
                Targets = TargetKind.Maps,
                LabelsType = Cases.MapsTypes[voxels % 9],
                WeightsType = voxels % 2 == 0 ? null : Cases.LogitsTypes[voxels % 4],
                Seed = voxels,
            });
        }
    }

    [Fact]
    public void ForwardBackward_MapsAroundWholeTiles_AgreeWithReference()
    {
        foreach (int more in new[] { -1, 0, 1 })
        {
            foreach (ElementType type in new[] { ElementType.UInt8, ElementType.Float32 })
            {
                Conformity.Check(Provider, new Case
                {
                    Shape = [2, 3, (3 * Math.Max(TileVoxels, 64)) + more],
                    Targets = TargetKind.Maps,
                    LabelsType = type,
                    WeightsType = ElementType.Float16,
                    Seed = more + 1,
                });
            }
        }
    }

    [Theory]
    [InlineData(ElementType.UInt8)]
    [InlineData(ElementType.Float32)]
    public void ForwardBackward_MapsTwice_GiveTheSameBits(ElementType type)
    {
        using var run = new CaseRun(
            new Case { Shape = [2, 5, 17, 301], Targets = TargetKind.Maps, LabelsType = type, WeightsType = ElementType.Float32, Options = new DiceOptions { Focal = new Focal() } });
        DiceResult first = run.Forward(Provider), second = run.Forward(Provider);
        SameSums(first.Sums, second.Sums);
        ErrorRule.SameBits(run.Backward(Provider, first), run.Backward(Provider, second), "gradient");
    }

    [Fact]
    public void ForwardBackward_ManyClassesWithMaps_AgreesWithReference()
    {
        foreach (int channels in new[] { 105, 300 })
        {
            Conformity.Check(Provider, new Case { Shape = [1, channels, 61], Targets = TargetKind.Maps, LabelsType = ElementType.UInt8, WeightsType = ElementType.Float32, IgnoredShare = 0 });
            Conformity.Check(Provider, new Case { Shape = [1, channels, 61], Targets = TargetKind.Maps, LabelsType = ElementType.Float16, IgnoredShare = 0.001 });
        }

        // Sums over the classes of a voxel begin anew at every group of them.
        DiceOptions crossEntropy = new() { CrossEntropy = new() }, focal = new() { Focal = new() };
        var masks = new Case { Shape = [1, 300, 61], Targets = TargetKind.Maps, LabelsType = ElementType.UInt8, IgnoredShare = 0 };
        Agreement.Holds(Provider, ReferenceProvider.Shared, masks with { Options = crossEntropy });
        Agreement.Holds(Provider, ReferenceProvider.Shared, masks with { Options = focal });
        Agreement.Holds(Provider, ReferenceProvider.Shared, new Case { Shape = [1, 300, 61], Options = focal });
    }

    // One invalid element or two, among others that count or are ignored: the first in memory order, and how many.
    private void InvalidMap(ElementType type, Action<nint> spoil, object value, string what)
    {
        var places =
            from kernel in s_activations
            let last = (2 * kernel.Channels * 700) - 1
            from place in new (int First, int Second)[] { (0, 1), (5, 400), (600, 701), (699, last), (last, last) }
            select (kernel.Channels, kernel.Activation, place.First, place.Second);
        foreach ((int channels, Activation activation, int first, int second) in Chosen(places, (int)type))
        {
            using var run = new CaseRun(
                new Case { Shape = [2, channels, 2, 350], Targets = TargetKind.Maps, LabelsType = type, Seed = 1, Options = new DiceOptions { Activation = activation } });
            spoil(run.Labels.AddressOf(second));
            spoil(run.Labels.AddressOf(first));
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
            Assert.Equal("targets", error.ParamName);
            Assert.Equal(value, error.ActualValue);
            string message = string.Create(CultureInfo.InvariantCulture,
                $"{(first == second ? 1 : 2)} value(s) of the {what} nor the ignored label (-1); "
                + $"the first is {value}, in sample {first / (700 * channels)}, channel {first / 700 % channels} at voxel [{first % 700 / 350}, {first % 350}].");
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }
}
