using FsCheck;
using FsCheck.Fluent;

namespace DiceLoss.Testing.Conformance;

// Focal loss, and cross-entropy of classes that do not compete.
public abstract partial class ProviderConformance
{
    [Fact]
    public void ForwardBackward_FocalInDouble_AgreesWithItsDefinitionAndCentralDifferences() => Property.Holds(
        Arb.From(
            from activation in Gen.Elements(s_activationsOfLogits)
            from options in LossOptions.WithFocal(activation.Channels, activation.Activation)
            from targets in Gen.Elements(s_targets)
            from ignoreLabel in Gen.Elements<long>(-1, 0)
            from weights in Gen.Elements<ElementType?>(null, ElementType.Float32)
            from seed in Gen.Choose(0, 1000)
            select new Case
            {
                Shape = [2, activation.Channels, 5],
                LogitsType = ElementType.Float64,
                Targets = targets.Targets,
                LabelsType = targets.Type,
                WeightsType = weights,
                Options = options with { IgnoreLabel = ignoreLabel },
                Seed = seed,
            }), Times(200), AgreesWithItsDefinition);

    /// <summary>The types of the logits, with every activation that voxel terms go with.</summary>
    public static TheoryData<ElementType, int, Activation> TypesAndActivationsOfLogits()
    {
        var data = new TheoryData<ElementType, int, Activation>();
        foreach (ElementType type in Cases.LogitsTypes)
        {
            foreach ((int channels, Activation activation) in s_activationsOfLogits) data.Add(type, channels, activation);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(TypesAndActivationsOfLogits))]
    public void ForwardBackward_EveryKernelWithVoxelTerms_AgreesWithTheReferenceInDouble(ElementType logits, int channels, Activation activation)
    {
        bool competes = activation != Activation.Sigmoid;
        (TargetKind Kind, ElementType Type)[] targets = [.. Cases.LabelsTypes.Select(type => (TargetKind.Labels, type)), .. Cases.MapsTypes.Select(type => (TargetKind.Maps, type))];
        VoxelTerm[] terms = [.. Enum.GetValues<VoxelTerm>().Where(term => term != VoxelTerm.None && (term != VoxelTerm.SmoothedCrossEntropy || competes))];
        var kernels = from target in targets from term in terms select (target.Kind, target.Type, Term: term);
        IEnumerable<Case> cases = kernels.Select((kernel, i) => new Case
        {
            Shape = [2, channels, 131],
            LogitsType = logits,
            Targets = kernel.Kind,
            LabelsType = kernel.Type,
            WeightsType = i % 3 == 0 ? ElementType.Float32 : null,
            Seed = i + 1,
            Options = new DiceOptions
            {
                Activation = activation,
                OverlapWeight = (i + 1) % 2,
                CrossEntropy = kernel.Term == VoxelTerm.Focal && i % 2 == 1 ? null : new CrossEntropy { LabelSmoothing = kernel.Term == VoxelTerm.SmoothedCrossEntropy ? 0.1 : 0 },
                Focal = kernel.Term == VoxelTerm.Focal ? new Focal { Gamma = new[] { 2, 1, 0, 3 }[i % 4], Alpha = 0.25 } : null,
            },
        });
        foreach (Case what in Chosen(cases, (int)logits, channels, (int)activation)) AgreesWithDouble(what, what.Options.Focal?.Gamma ?? 1);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(30)]
    public void ForwardBackward_VoxelTermsAtAnyMargin_AreWithinTheirBounds(double margin)
    {
        foreach ((int channels, Activation activation) in s_activationsOfLogits)
        {
            foreach (TargetKind targets in Enum.GetValues<TargetKind>())
            {
                foreach (double? gamma in new double?[] { null, 0.5, 2, 5 })
                {
                    AgreesWithDouble(
                        new Case
                        {
                            Shape = [1, channels, 1031],
                            Margin = margin,
                            Targets = targets,
                            OneHot = true,
                            LabelsType = ElementType.Int8,
                            Options = new DiceOptions
                            {
                                Activation = activation,
                                OverlapWeight = 0,
                                CrossEntropy = gamma is null ? new CrossEntropy() : null,
                                Focal = gamma is { } exponent ? new Focal { Gamma = exponent } : null,
                            },
                        },
                        gamma ?? 1);
                }
            }
        }
    }

    [Fact]
    public void ForwardBackward_FocalWithGammaZero_IsCrossEntropy()
    {
        foreach ((int channels, Activation activation) in s_activationsOfLogits)
        {
            foreach ((TargetKind targets, ElementType type) in s_targets)
            {
                var what = new Case { Shape = [2, channels, 300], Targets = targets, LabelsType = type, Seed = 5 };
                var options = new DiceOptions { Activation = activation, OverlapWeight = 0 };
                FocalAverage average = activation == Activation.Sigmoid ? FocalAverage.Elements : FocalAverage.Voxels;
                using CaseRun crossEntropy = new(what with { Options = options with { CrossEntropy = new CrossEntropy() } });
                using CaseRun focal = new(what with { Options = options with { Focal = new Focal { Gamma = 0, Average = average } } });
                DiceResult expected = crossEntropy.Forward(Provider), result = focal.Forward(Provider);
                ErrorRule.Losses(expected.Losses.ToArray(), result.Losses, null, ElementType.Float32, expected.Loss, focal.Case.ToString());
                double[] gradient = crossEntropy.Backward(Provider, expected);
                ErrorRule.Gradient(gradient, focal.Backward(Provider, result), null, ElementType.Float32, gradient.Max(Math.Abs), focal.Case.ToString());
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(2)]
    public void ForwardBackward_InfiniteSigmoidLogitsThatAreRight_HaveNoFocalLoss(double gamma)
    {
        foreach (ElementType type in Cases.LogitsTypes)
        {
            var options = new DiceOptions { Activation = Activation.Sigmoid, OverlapWeight = 0, Focal = new Focal { Gamma = gamma } };
            using var run = new CaseRun(
                new Case { Shape = [1, 1, 100], LogitsType = type, Targets = TargetKind.Maps, LabelsType = ElementType.Int8, OneHot = true, IgnoredShare = 0, Options = options },
                logits => { for (int i = 0; i < 100; i++) logits[i] = i % 2 == 0 ? double.PositiveInfinity : double.NegativeInfinity; },
                labels => { for (int i = 0; i < 100; i++) labels[i] = 1 - (i % 2); });
            DiceResult result = run.Forward(Provider);
            Assert.Equal(0, result.Loss);
            Assert.All(run.Backward(Provider, result), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void ForwardBackward_OneHotMapsWithVoxelTerms_GiveTheLossOfTheirLabels()
    {
        foreach ((int channels, Activation activation) in s_activationsOfLogits)
        {
            foreach (ElementType type in new[] { ElementType.Int8, ElementType.Float32 })
            {
                var what = new Case
                {
                    Shape = [2, channels, 333],
                    Seed = channels,
                    Options = new DiceOptions { Activation = activation, CrossEntropy = new CrossEntropy(), Focal = new Focal { Alpha = 0.3 } },
                };
                using CaseRun labels = new(what), maps = new(what with { Targets = TargetKind.Maps, OneHot = true, LabelsType = type });
                DiceResult expected = labels.Forward(Provider), result = maps.Forward(Provider);
                ErrorRule.Losses(expected.Losses.ToArray(), result.Losses, null, ElementType.Float32, expected.Loss, maps.Case.ToString());
                double[] gradient = labels.Backward(Provider, expected);
                ErrorRule.Gradient(gradient, maps.Backward(Provider, result), null, ElementType.Float32, gradient.Max(Math.Abs), maps.Case.ToString());
            }
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void ForwardBackward_NotFiniteBesideVoxelTerms_ShowsUnlessItsVoxelIsIgnored(double value)
    {
        foreach ((int channels, Activation activation) in s_activationsOfLogits)
        {
            foreach ((TargetKind targets, ElementType type) in s_targets.Where(targets => targets.Type != ElementType.UInt8))
            {
                // Certain of what is not there: with a sigmoid, infinity is a probability, and its logarithm shows.
                double ofVoxel = activation == Activation.Sigmoid ? double.NaN : value;
                foreach (bool ignored in new[] { false, true })
                {
                    using var run = new CaseRun(
                        new Case
                        {
                            Shape = [2, channels, 70],
                            Targets = targets,
                            LabelsType = type,
                            OneHot = true,
                            IgnoredShare = 0,
                            Options = new DiceOptions { Activation = activation, OverlapWeight = 0, Focal = new Focal(), CrossEntropy = new CrossEntropy(), Reduction = DiceReduction.None },
                        },
                        logits => logits[((channels - 1) * 70) + 40] = ofVoxel,
                        labels => labels[40] = ignored ? -1 : 1);
                    DiceResult result = run.Forward(Provider);
                    Assert.Equal(!ignored, double.IsNaN(result.Losses[0]));
                    Assert.True(double.IsFinite(result.Losses[1]));
                    double[] gradient = run.Backward(Provider, result);
                    Assert.Equal(!ignored, double.IsNaN(gradient[((channels - 1) * 70) + 40]));
                    if (ignored) Assert.All(Enumerable.Range(0, channels), c => Assert.Equal(0, gradient[(c * 70) + 40]));
                    Assert.All(gradient[(channels * 70)..], element => Assert.True(double.IsFinite(element)));
                }
            }
        }
    }

    [Fact]
    public void ForwardBackward_NothingCounts_VoxelTermsAreZero()
    {
        foreach ((int channels, Activation activation) in s_activationsOfLogits)
        {
            foreach ((TargetKind targets, ElementType type) in s_targets.Where(targets => targets.Type != ElementType.UInt8))
            {
                using var run = new CaseRun(new Case
                {
                    Shape = [2, channels, 70],
                    Targets = targets,
                    LabelsType = type,
                    IgnoredShare = 1,
                    Options = new DiceOptions { Activation = activation, Focal = new Focal(), CrossEntropy = new CrossEntropy() },
                });
                DiceResult result = run.Forward(Provider);
                Assert.Equal(0, result.Loss);
                Assert.All(run.Backward(Provider, result), value => Assert.Equal(0, value));
            }
        }
    }

    [Fact]
    public void ForwardBackward_KnownVoxel_FocalGivesTheNumbersWorkedOutByHand()
    {
        // p = 3/4 for the label: (1/4)^2 log(4/3), and its derivative by the score of the label, (1/4) (-2 (1/4) (3/4) log(4/3) - (1/4)^2).
        double loss = Math.Log(4.0 / 3) / 16, derivative = 0.25 * ((-0.375 * Math.Log(4.0 / 3)) - 0.0625);
        var options = new DiceOptions { OverlapWeight = 0, Focal = new Focal { Average = FocalAverage.Voxels } };
        var softmax = new Case { Shape = [1, 2, 1], LogitsType = ElementType.Float64, IgnoredShare = 0, Options = options };
        using var run = new CaseRun(softmax, logits => (logits[0], logits[1]) = (Math.Log(3), 0), labels => labels[0] = 0);
        DiceResult result = run.Forward(Provider);
        Assert.Equal(loss, result.Loss, 1e-15);
        Assert.Equal([derivative, -derivative], run.Backward(Provider, result), (x, y) => Math.Abs(x - y) < 1e-15);

        // The same for a class on its own, and for the absence of one of which p = 1/4.
        foreach ((long label, double logit, double sign) in new[] { (1L, Math.Log(3), 1.0), (0L, -Math.Log(3), -1.0) })
        {
            using var single = new CaseRun(
                softmax with { Shape = [1, 1, 1], Options = options with { Activation = Activation.Sigmoid } }, logits => logits[0] = logit, labels => labels[0] = label);
            result = single.Forward(Provider);
            Assert.Equal(loss, result.Loss, 1e-15);
            Assert.Equal(sign * derivative, single.Backward(Provider, result)[0], 1e-15);
        }
    }
}
