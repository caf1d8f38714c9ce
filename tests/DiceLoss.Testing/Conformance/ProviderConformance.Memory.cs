using System.Diagnostics.CodeAnalysis;

namespace DiceLoss.Testing.Conformance;

// Memory: strides, gradients in place, nothing touched that is not named.
public abstract partial class ProviderConformance
{
    public static TheoryData<Layout, Layout, Layout> Layouts()
    {
        var data = new TheoryData<Layout, Layout, Layout>();
        Layout[] all = Enum.GetValues<Layout>();
        foreach (Layout logits in all)
        {
            foreach (Layout labels in all)
            {
                data.Add(logits, labels, (Layout)((int)(logits + (int)labels) % (int)Layout.Expanded));
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void ForwardBackward_AnyStrides_GivesTheBitsOfContiguousTensors(Layout logits, Layout labels, Layout gradient)
    {
        foreach (ElementType type in Cases.LogitsTypes)
        {
            foreach (long[] shape in new long[][] { [2, 5, 3, 4, 90], [1, 1, 300, 3], [2, 3, 777] })
            {
                var what = new Case
                {
                    Shape = shape,
                    LogitsType = type,
                    LabelsType = ElementType.Int16,
                    Seed = 3,
                    LogitsLayout = logits,
                    LabelsLayout = labels,
                    GradientLayout = gradient,
                };
                using var strided = new CaseRun(what);
                using var contiguous = new CaseRun(
                    what with { LogitsLayout = Layout.Contiguous, LabelsLayout = Layout.Contiguous, GradientLayout = Layout.Contiguous },
                    values => strided.Logits.Numbers().CopyTo(values, 0),
                    values => strided.Labels.Integers().CopyTo(values, 0));
                DiceResult one = strided.Forward(Provider), other = contiguous.Forward(Provider);
                SameSums(other.Sums, one.Sums);
                ErrorRule.SameBits(contiguous.Backward(Provider, other), strided.Backward(Provider, one), $"{what}: gradient");
            }
        }
    }

    [Theory]
    [InlineData(Layout.Contiguous)]
    [InlineData(Layout.ChannelsLast)]
    [InlineData(Layout.Cropped)]
    [InlineData(Layout.Permuted)]
    [InlineData(Layout.Reversed)]
    public void Backward_InPlace_GivesTheBitsOfASeparateBuffer(Layout layout)
    {
        foreach (ElementType type in Cases.LogitsTypes)
        {
            foreach (int channels in new[] { 1, 2, 7 })
            {
                var what = new Case { Shape = [2, channels, 9, 170], LogitsType = type, LogitsLayout = layout, Seed = 4, Upstream = UpstreamKind.Scalar };
                using var run = new CaseRun(what);
                DiceResult result = run.Forward(Provider);
                double[] separate = run.Backward(Provider, result);
                ErrorRule.SameBits(separate, run.BackwardInPlace(Provider, result), $"{what}: gradient");
                run.Logits.AssertGapsUntouched();
            }
        }
    }

    [Theory]
    [InlineData(UpstreamKind.Scalar)]
    [InlineData(UpstreamKind.PerSample)]
    [InlineData(UpstreamKind.Expanded)]
    public void Backward_Upstream_ScalesTheGradient(UpstreamKind kind)
    {
        foreach (DiceReduction reduction in Cases.Reductions)
        {
            foreach (ElementType type in Cases.LogitsTypes)
            {
                Conformity.Check(Provider, new Case { Shape = [3, 4, 130], LogitsType = type, Upstream = kind, Seed = 2, Options = new DiceOptions { Reduction = reduction } });
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Float64)]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.BFloat16)]
    public void Backward_UpstreamOfAnotherType_IsRead(ElementType type)
    {
        using var run = new CaseRun(new Case { Shape = [2, 3, 100], Options = new DiceOptions { Reduction = DiceReduction.None } });
        using TensorBuffer upstream = TensorBuffer.Of(type, [2], [0.25, -3]), same = TensorBuffer.Of(ElementType.Float32, [2], [0.25, -3]);
        DiceResult result = run.Forward(Provider);
        Dice.Backward(result, run.Logits.Descriptor, run.Labels.Descriptor, same.Descriptor, run.Gradient.Descriptor, provider: Provider);
        double[] expected = run.Gradient.Numbers();
        Dice.Backward(result, run.Logits.Descriptor, run.Labels.Descriptor, upstream.Descriptor, run.Gradient.Descriptor, provider: Provider);
        ErrorRule.Gradient(expected, run.Gradient.Numbers(), null, ElementType.Float32, expected.Max(Math.Abs), "upstream");
    }

    [Theory]
    [InlineData(1, Activation.TwoClassSigmoid, Layout.Contiguous)]
    [InlineData(4, Activation.Softmax, Layout.Contiguous)]
    [InlineData(4, Activation.Softmax, Layout.Permuted)]
    [InlineData(3, Activation.Sigmoid, Layout.Reversed)]
    public void Gradient_UpstreamPerClass_ScalesTheCoefficients(int channels, Activation activation, Layout layout)
    {
        // The factors of a loss per class, for the coefficients of another loss.
        var options = new DiceOptions { Activation = activation, Reduction = DiceReduction.None, Exponent = 2 };
        using var run = new CaseRun(new Case { Shape = [3, channels, 250], Options = options });
        int classes = run.Case.Classes, voxels = 250;
        double[] factors = [.. Enumerable.Range(0, 3 * classes).Select(i => 0.5 + (i * 0.75) - (i % 3))];
        using TensorBuffer upstream = TensorBuffer.Of(ElementType.Float32, [3, classes], factors, layout, seed: 1);
        double[] ours = run.Backward(new UpstreamReplaced(Provider, upstream), run.Forward(Provider));

        ReferenceResult truth = run.Truth();
        double[] logits = run.Logits.Numbers();
        long[] labels = run.Labels.Integers();
        double[] expected = new double[logits.Length];
        for (int n = 0; n < 3; n++)
        {
            double[] own = factors[(n * classes)..((n + 1) * classes)];
            Reference.Gradient(
                channels, logits.AsSpan(n * channels * voxels, channels * voxels), labels.AsSpan(n * voxels, voxels), options,
                [.. truth.ByIntersection[n].Zip(own, (a, factor) => a * factor)], [.. truth.ByPredictionMass[n].Zip(own, (b, factor) => b * factor)],
                1, expected.AsSpan(n * channels * voxels, channels * voxels));
        }

        ErrorRule.Gradient(expected, ours, null, ElementType.Float32, expected.Max(Math.Abs), run.Case.ToString());
    }

    [Fact]
    public void ForwardBackward_UnalignedTensors_GiveTheSameBits()
    {
        var what = new Case { Shape = [1, 3, 1111], Seed = 4 };
        using var aligned = new CaseRun(what);
        DiceResult expected = aligned.Forward(Provider);
        double[] gradient = aligned.Backward(Provider, expected);
        for (int shift = Alignment; shift < 64; shift += Alignment)
        {
            // A scratch allocation large enough to move the tensor through every alignment.
            using TensorBuffer logits = new(ElementType.Float32, [3400]), labels = new(ElementType.Int64, [1130]), written = new(ElementType.Float32, [3400]);
            TensorDescriptor movedLogits = new(logits.Address + shift, Device.Cpu, ElementType.Float32, what.Shape);
            TensorDescriptor movedLabels = new(labels.Address + shift, Device.Cpu, ElementType.Int64, what.LabelsShape);
            TensorDescriptor movedGradient = new(written.Address + shift, Device.Cpu, ElementType.Float32, what.Shape);
            double[] values = aligned.Logits.Numbers();
            long[] classes = aligned.Labels.Integers();
            for (int i = 0; i < values.Length; i++) Elements.WriteNumber(movedLogits.Address + (4 * i), ElementType.Float32, values[i]);
            for (int i = 0; i < classes.Length; i++) Elements.WriteInteger(movedLabels.Address + (8 * i), ElementType.Int64, classes[i]);
            DiceResult result = Dice.Forward(movedLogits, movedLabels, what.Options, Provider);
            SameSums(expected.Sums, result.Sums);
            Dice.Backward(result, movedLogits, movedLabels, default, movedGradient, provider: Provider);
            for (int i = 0; i < gradient.Length; i++)
            {
                Assert.Equal(gradient[i], Elements.ReadNumber(movedGradient.Address + (4 * i), ElementType.Float32));
            }
        }
    }

    [Fact]
    public void ForwardBackward_Cancelled_Throws()
    {
        using var run = new CaseRun(new Case { Shape = [2, 3, 3000] });
        DiceResult result = run.Forward(Provider);
        var cancelled = new CancellationToken(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(
            () => Dice.Forward(run.Logits.Descriptor, run.Labels.Descriptor, null, Provider, cancellation: cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => Dice.Backward(
            result, run.Logits.Descriptor, run.Labels.Descriptor, default, run.Gradient.Descriptor, provider: Provider, cancellation: cancelled));
        run.Gradient.AssertGapsUntouched();
        Conformity.Check(Provider, run);
    }

    private sealed class UpstreamReplaced(IDiceProvider inner, TensorBuffer factors) : IDiceProvider
    {
        public string Name => inner.Name;

        public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason) =>
            inner.Supports(device, logits, targets, out reason);

        public InvalidTargets Sums(in DiceProblem problem, DiceSums destination) => inner.Sums(problem, destination);

        public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination) =>
            inner.Gradient(problem, coefficients, factors.Descriptor, destination);
    }

    [Fact]
    public void Supports_AnotherDevice_SaysWhyNot()
    {
        Device elsewhere = new((DeviceKind)77);
        Assert.False(Provider.Supports(elsewhere, ElementType.Float32, ElementType.Int64, out string? reason));
        Assert.EndsWith(".", reason, StringComparison.Ordinal);
        foreach (ElementType logits in Cases.LogitsTypes)
        {
            foreach (ElementType targets in Cases.MapsTypes) Assert.True(Provider.Supports(Device.Cpu, logits, targets, out reason), reason);
        }
    }
}
