using FsCheck;
using FsCheck.Fluent;

namespace DiceLoss.Testing.Conformance;

// Partially annotated data: what a sample tells nothing about has no loss and no gradient.
public abstract partial class ProviderConformance
{
    [Fact]
    public void ForwardBackward_PartlyAnnotatedInDouble_AgreesWithItsDefinitionAndCentralDifferences() => Property.Holds(
        Arb.From(
            from activation in Gen.Elements(s_activations)
            from overlap in LossOptions.Generator(activation.Activation == Activation.TwoClassSigmoid ? 2 : activation.Channels)
            from binary in LossOptions.WithFocal(activation.Channels, Activation.Sigmoid)
            from targets in Gen.Elements(s_targets)
            from weights in Gen.Elements<ElementType?>(null, ElementType.Float32)
            from seed in Gen.Choose(0, 1000)
            select new Case
            {
                Shape = [3, activation.Channels, 4],
                LogitsType = ElementType.Float64,
                Targets = targets.Targets,
                LabelsType = targets.Type,
                WeightsType = weights,
                PartlyAnnotated = true,
                Options = activation.Activation == Activation.Sigmoid ? binary : overlap with { Activation = activation.Activation },
                Spread = 1,
                Seed = seed,
            }), Times(200), AgreesWithItsDefinition);

    [Fact]
    public void ForwardBackward_EverythingAnnotated_ChangesNothing() => Property.Holds(
        Arb.From(from options in LossOptions.WithFocal(3, Activation.Sigmoid) from seed in Gen.Choose(0, 1000) select (options, seed)), Times(60), drawn =>
        {
            using var run = new CaseRun(new Case { Shape = [2, 3, 40], Options = drawn.options, Seed = drawn.seed });
            var annotated = new DiceTargets(run.Labels.Descriptor) { Annotated = (bool[])[true, true, true, true, true, true] };
            DiceResult expected = run.Forward(Provider), result = Dice.Forward(run.Logits.Descriptor, annotated, drawn.options, Provider);
            ErrorRule.SameBits(expected.Losses.ToArray(), result.Losses.ToArray(), $"{run.Case}: losses");
            ErrorRule.SameBits(run.Backward(Provider, expected), run.Backward(Provider, result), $"{run.Case}: gradient");
        });

    [Fact]
    public void ForwardBackward_NotAnnotated_HasNoGradientWhereClassesDoNotCompete()
    {
        foreach (Activation activation in new[] { Activation.Sigmoid, Activation.None })
        {
            foreach (DiceReduction reduction in Enum.GetValues<DiceReduction>())
            {
                bool hasTerms = activation == Activation.Sigmoid && reduction != DiceReduction.PerClass;
                var what = new Case
                {
                    Shape = [3, 4, 100],
                    Targets = TargetKind.Maps,
                    LabelsType = ElementType.Float32,
                    PartlyAnnotated = true,
                    IgnoredShare = 0,
                    Options = new DiceOptions { Activation = activation, Reduction = reduction, Focal = hasTerms ? new Focal() : null, CrossEntropy = hasTerms ? new CrossEntropy() : null },
                };
                using var run = new CaseRun(what);
                double[] gradient = run.Backward(Provider, run.Forward(Provider));
                for (int i = 0; i < gradient.Length; i++) Assert.Equal(run.Annotated[i / 100], gradient[i] != 0);
            }
        }
    }

    [Fact]
    public void ForwardBackward_OtherMapsWhereNothingIsAnnotated_ChangeNothing()
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            var what = new Case
            {
                Shape = [3, channels, 100],
                Targets = TargetKind.Maps,
                LabelsType = ElementType.Float32,
                PartlyAnnotated = true,
                IgnoredShare = 0,
                Seed = 1,
                Options = new DiceOptions { Activation = activation, Reduction = DiceReduction.Batch, Exponent = 2 },
            };
            if (activation == Activation.TwoClassSigmoid) continue; // whose classes have one map together
            using CaseRun run = new(what), other = new(what);
            other.Labels.Write([.. other.Labels.Numbers().Select((map, i) => other.Annotated[i / 100] ? map : 1 - map)]);
            DiceResult expected = run.Forward(Provider), result = other.Forward(Provider);
            ErrorRule.SameBits(expected.Losses.ToArray(), result.Losses.ToArray(), $"{what}: losses");
            ErrorRule.SameBits(run.Backward(Provider, expected), other.Backward(Provider, result), $"{what}: gradient");
        }
    }

    [Fact]
    public void ForwardBackward_NothingAnnotated_LossAndGradientAreZero()
    {
        foreach ((int channels, Activation activation) in s_activations)
        {
            foreach (ClassPooling pooling in Enum.GetValues<ClassPooling>())
            {
                foreach (DiceReduction reduction in Cases.Reductions)
                {
                    var options = new DiceOptions
                    {
                        Activation = activation,
                        ClassPooling = pooling,
                        Reduction = reduction,
                        CrossEntropy = activation == Activation.Sigmoid ? new CrossEntropy() : null,
                    };
                    using var run = new CaseRun(new Case { Shape = [2, channels, 50], Options = options });
                    var targets = new DiceTargets(run.Labels.Descriptor) { Annotated = new bool[2 * run.Case.Classes] };
                    DiceResult result = Dice.Forward(run.Logits.Descriptor, targets, options, Provider);
                    Assert.All(result.Losses.ToArray(), loss => Assert.Equal(0, loss));
                    Assert.All(run.Backward(Provider, result), gradient => Assert.Equal(0, gradient));
                }
            }
        }
    }

    [Fact]
    public void ForwardBackward_SamplesWithAClassEach_AreTheirLossesApart()
    {
        // What sample 0 tells of class 0 and sample 1 of class 1 is what either would tell alone; a sum of both has nothing else in it.
        var options = new DiceOptions { Activation = Activation.Sigmoid, Reduction = DiceReduction.Sum, CrossEntropy = new CrossEntropy { Weight = 0.5 } };
        using var run = new CaseRun(new Case { Shape = [2, 2, 90], Options = options, Seed = 4 });
        var targets = new DiceTargets(run.Labels.Descriptor) { Annotated = (bool[])[true, false, false, true] };
        double expected = 0;
        for (int n = 0; n < 2; n++)
        {
            // Class n of sample n alone: one channel, of which label 1 is the class.
            long[] labels = [.. run.Labels.Integers().AsSpan(n * 90, 90).ToArray().Select(label => label == -1 ? -1 : label == n ? 1L : 0)];
            using var alone = new CaseRun(
                new Case { Shape = [1, 1, 90], Options = options }, logits => run.Logits.Numbers().AsSpan(((n * 2) + n) * 90, 90).CopyTo(logits), own => labels.CopyTo(own, 0));
            expected += alone.Forward(Provider).Loss;
        }

        Assert.Equal(expected, Dice.Forward(run.Logits.Descriptor, targets, options, Provider).Loss, 1e-5 * expected);
    }
}
