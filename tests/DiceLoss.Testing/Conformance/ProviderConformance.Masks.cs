namespace DiceLoss.Testing.Conformance;

// Empty masks: what the definitions say, and the cures that users are told.
public abstract partial class ProviderConformance
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ForwardBackward_AllVoxelsIgnored_LossAndGradientAreZero(int channels)
    {
        foreach (DiceReduction reduction in Cases.Reductions)
        {
            foreach (double smooth in new[] { 0, 1.0 })
            {
                using var run = new CaseRun(
                    new Case { Shape = [2, channels, 600], Options = new DiceOptions { Reduction = reduction, Smooth = smooth } }, editLabels: labels => Array.Fill(labels, -1));
                DiceResult result = run.Forward(Provider);
                Assert.All(result.Losses.ToArray(), loss => Assert.Equal(0, loss));
                Assert.Equal(0, result.Sums[SumTerm.VoxelMass, 0][0].Value);
                Assert.All(run.Backward(Provider, result), gradient => Assert.Equal(0, gradient));
            }
        }
    }

    [Fact]
    public void ForwardBackward_AbsentClassWithoutSmooth_HasLossOneAndNoGradient()
    {
        // Class 0 alone counts, with a sigmoid each, so that every gradient of channel 0 is that of class 0.
        var options = new DiceOptions { Activation = Activation.Sigmoid, ClassWeights = [1, 0] };
        using var run = new CaseRun(new Case { Shape = [1, 2, 600], IgnoredShare = 0, Options = options }, editLabels: labels => Array.Fill(labels, 1));
        DiceResult result = run.Forward(Provider);
        Assert.Equal(1, result.Loss);
        Assert.All(run.Backward(Provider, result), gradient => Assert.Equal(0, gradient));

        using var smoothed = new CaseRun(
            new Case { Shape = [1, 2, 600], IgnoredShare = 0, Options = options with { Smooth = 1 } }, editLabels: labels => Array.Fill(labels, 1));
        Assert.All(smoothed.Backward(Provider, smoothed.Forward(Provider))[..600], gradient => Assert.True(gradient > 0));
    }

    [Fact]
    public void ForwardBackward_WeightPerSampleOnTheUnreducedLoss_LeavesOutSamplesWithoutForeground()
    {
        // Without foreground in sample 0, its loss is 1 whatever the network says; weight 0 takes it out of the mean.
        var options = new DiceOptions { Activation = Activation.TwoClassSigmoid, ClassWeights = [0, 1], Reduction = DiceReduction.None };
        var what = new Case { Shape = [2, 1, 600], IgnoredShare = 0, Options = options, Upstream = UpstreamKind.PerSample, Seed = 5 };
        using var run = new CaseRun(what, editLabels: labels => labels.AsSpan(0, 600).Clear());
        run.Upstream!.Write([0.0, 1.0]);
        DiceResult result = run.Forward(Provider);
        Assert.Equal(1, result.Losses[0]);
        Assert.InRange(result.Losses[1], 0.01, 0.99);
        Conformity.Check(Provider, run);
        double[] gradient = run.Gradient.Numbers();
        Assert.All(gradient[..600], value => Assert.Equal(0, value));
        Assert.All(gradient[600..], value => Assert.NotEqual(0, value));

        // The rest is the loss of sample 1 alone.
        using var alone = new CaseRun(
            new Case { Shape = [1, 1, 600], IgnoredShare = 0, Options = options },
            logits => run.Logits.Numbers()[600..].CopyTo(logits, 0),
            labels => run.Labels.Integers()[600..].CopyTo(labels, 0));
        DiceResult single = alone.Forward(Provider);
        Assert.Equal(result.Losses[1], single.Losses[0]);
        ErrorRule.SameBits(alone.Backward(Provider, single), gradient[600..], "gradient");
    }

    [Fact]
    public void ForwardBackward_BatchReduction_TeachesSamplesWithoutForeground()
    {
        var options = new DiceOptions { Activation = Activation.TwoClassSigmoid, ClassWeights = [0, 1], Reduction = DiceReduction.Batch };
        using var run = new CaseRun(new Case { Shape = [2, 1, 600], IgnoredShare = 0, Options = options, Seed = 5 }, editLabels: labels => labels.AsSpan(0, 600).Clear());
        DiceResult result = run.Forward(Provider);
        Assert.InRange(result.Loss, 0.01, 0.99);
        Conformity.Check(Provider, run);
        Assert.All(run.Gradient.Numbers()[..600], gradient => Assert.True(gradient > 0, "Less foreground would be better everywhere in sample 0."));
    }

    [Fact]
    public void ForwardBackward_KnownVolume_GivesTheNumbersWorkedOutByHand()
    {
        // Two voxels, two classes, p = 3/4 for the label of voxel 0 and 1/2 for that of voxel 1.
        // I = (3/4, 1/2), P = (5/4, 3/4), T = (1, 1): L = 1 - (1.5/2.25, 1/1.75) = (1/3, 3/7), mean 8/21.
        double a = Math.Log(3);
        var what = new Case { Shape = [1, 2, 2], LogitsType = ElementType.Float64, IgnoredShare = 0 };
        using var run = new CaseRun(what, logits => new double[] { a, 0, 0, 0 }.CopyTo(logits, 0), labels => (labels[0], labels[1]) = (0, 1));
        DiceResult result = run.Forward(Provider);
        Assert.Equal(8 / 21.0, result.Loss, 1e-15);
        Assert.Equal([0.75, 0.5], result.Sums[SumTerm.Intersection, 0].ToArray().Select(sum => sum.Value), (x, y) => Math.Abs(x - y) < 1e-15);

        // A_0 = -1/2.25, B_0 = 1/2 * 1.5/2.25^2, A_1 = -1/1.75, B_1 = 1/2 * 1/1.75^2. Voxel 0 has label 0: dL/dp = (A_0 + B_0, B_1).
        double b0 = 0.75 / (2.25 * 2.25), b1 = 0.5 / (1.75 * 1.75);
        double first = 0.75 * 0.25 * ((-1 / 2.25) + b0 - b1), second = 0.5 * 0.5 * (b0 - ((-1 / 1.75) + b1));
        double[] expected = [first, second, -first, -second];
        Assert.Equal(expected, run.Backward(Provider, result), (x, y) => Math.Abs(x - y) < 1e-15);
    }

    [Fact]
    public void ForwardBackward_IgnoredChannel_IsLeftOutOfTheLossButNotOfTheSoftmax()
    {
        var what = new Case { Shape = [1, 3, 500], IgnoredShare = 0, Seed = 1, Options = new DiceOptions { IgnoreChannel = 0 } };
        using var run = new CaseRun(what);
        Conformity.Check(Provider, run);
        Assert.Contains(run.Gradient.Numbers()[..500], value => value != 0);

        double all = run.Forward(Provider).Loss;
        double included = Dice.Forward(
            run.Logits.Descriptor, run.Labels.Descriptor, what.Options with { ClassAverage = ClassAverage.Included }, Provider).Loss;
        Assert.Equal(all * 3 / 2, included, 1e-6);

        foreach (int outside in new[] { -5, 3, int.MaxValue, int.MinValue })
        {
            double without = Dice.Forward(run.Logits.Descriptor, run.Labels.Descriptor, new DiceOptions(), Provider).Loss;
            Assert.Equal(without, Dice.Forward(run.Logits.Descriptor, run.Labels.Descriptor, new DiceOptions { IgnoreChannel = outside }, Provider).Loss);
        }
    }
}
