using System.Globalization;

namespace DiceLoss.Testing.Conformance;

// Labels: what counts, what is ignored, what is an error that names itself.
public abstract partial class ProviderConformance
{
    public static TheoryData<ElementType, long, int, long> InvalidLabelCases()
    {
        var data = new TheoryData<ElementType, long, int, long>();
        foreach (ElementType type in Cases.LabelsTypes)
        {
            (long least, long greatest) = Elements.Range(type);
            long[] values = [-2, 3, 4, 5, least, greatest, 255, 256, 65536, -1, 1L << 24, (1L << 32) + 1, (1L << 32) - 1, (1L << 53) + 1, -(1L << 32)];
            foreach (long value in values.Distinct().Where(value => Elements.Fits(value, type)))
            {
                if (value is < -1 or > 2) data.Add(type, value, 3, -1);
                if (value is < 0 or > 2) data.Add(type, value, 3, 250);
                if (value is < 0 or > 2) data.Add(type, value, 1, 2);
            }

            data.Add(type, 2, 1, -1);
            data.Add(type, 3, 3, 2);
            if (type is not ElementType.UInt8) data.Add(type, -1, 3, 0);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(InvalidLabelCases))]
    public void Forward_InvalidLabel_NamesTheFirstAndTheCount(ElementType type, long label, int channels, long ignoreLabel)
    {
        foreach ((int first, int second) in Chosen([(0, 1), (5, 600), (16, 2099), (1049, 1050), (2099, 2099)], (int)type, channels, (int)(label & 0xFF)))
        {
            var what = new Case
            {
                Shape = [2, channels, 3, 350],
                LabelsType = type,
                Seed = 1,
                Options = new DiceOptions { IgnoreLabel = ignoreLabel },
            };
            using var run = new CaseRun(what, editLabels: labels =>
            {
                for (int i = 0; i < labels.Length; i++) labels[i] = Math.Clamp(labels[i], 0, 1) == ignoreLabel ? 1 : Math.Clamp(labels[i], 0, 1);
                labels[first] = labels[second] = label;
            });
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
            Assert.Equal("targets", error.ParamName);
            Assert.Equal(label, error.ActualValue);
            int count = first == second ? 1 : 2;
            string message = string.Create(CultureInfo.InvariantCulture,
                $"{count} label(s) are neither a class (0 to {(channels == 1 ? 1 : channels - 1)}) nor the ignored label ({ignoreLabel}); "
                + $"the first is {label}, in sample {first / 1050} at voxel [{first % 1050 / 350}, {first % 350}].");
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Forward_EveryLabelInvalid_CountsThemAll()
    {
        using var run = new CaseRun(new Case { Shape = [3, 5, 7001], IgnoredShare = 0 }, editLabels: labels => Array.Fill(labels, 5));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
        Assert.StartsWith("21003 label(s)", error.Message, StringComparison.Ordinal);
        Assert.Contains("the first is 5, in sample 0 at voxel [0].", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_FiveChannelsWithLabelsZeroToFive_Throws()
    {
        var random = new Random(0);
        int fives = 0;
        using var run = new CaseRun(new Case { Shape = [2, 5, 10, 10, 10], IgnoredShare = 0 }, editLabels: labels =>
        {
            for (int i = 0; i < labels.Length; i++) labels[i] = random.Next(6);
            fives = labels.Count(label => label == 5);
        });
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
        Assert.StartsWith($"{fives} label(s) are neither a class (0 to 4)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_AfterInvalidLabels_WorksAsBefore()
    {
        using var run = new CaseRun(new Case { Shape = [1, 3, 5000], Seed = 1 });
        double before = run.Forward(Provider).Loss;
        using var bad = new CaseRun(new Case { Shape = [1, 3, 5000], Seed = 1 }, editLabels: labels => labels[4000] = 99);
        Assert.Throws<ArgumentOutOfRangeException>(() => bad.Forward(Provider));
        Assert.Equal(before, run.Forward(Provider).Loss);
    }

    [Theory]
    [InlineData(Layout.Reversed)]
    [InlineData(Layout.Permuted)]
    [InlineData(Layout.ChannelsLast)]
    public void Forward_InvalidLabelInStridedLabels_NamesItsCoordinates(Layout layout)
    {
        using var run = new CaseRun(
            new Case { Shape = [2, 3, 4, 5, 6], LabelsLayout = layout, Seed = 3, IgnoredShare = 0 },
            editLabels: labels => (labels[120 + 67], labels[120 + 118]) = (7, 8));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
        Assert.Contains("2 label(s)", error.Message, StringComparison.Ordinal);
        Assert.Contains("the first is 7, in sample 1 at voxel [2, 1, 1].", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_LabelsSpoiltSinceForward_Throws()
    {
        foreach (long spoilt in new[] { -2, 3, long.MaxValue, long.MinValue })
        {
            using var run = new CaseRun(new Case { Shape = [2, 3, 1000], Seed = 1 });
            DiceResult result = run.Forward(Provider);
            Elements.WriteInteger(run.Labels.AddressOf(1700), ElementType.Int64, spoilt);
            BackwardOfSpoilt(run, result);
        }
    }

    [Theory]
    [InlineData(ElementType.UInt8, 255)]
    [InlineData(ElementType.UInt8, 0)]
    [InlineData(ElementType.UInt8, 1)]
    [InlineData(ElementType.Int8, -128)]
    [InlineData(ElementType.Int8, 127)]
    [InlineData(ElementType.Int16, -32768)]
    [InlineData(ElementType.Int16, 2)]
    [InlineData(ElementType.Int32, int.MinValue)]
    [InlineData(ElementType.Int32, int.MaxValue)]
    [InlineData(ElementType.Int64, long.MinValue)]
    [InlineData(ElementType.Int64, long.MaxValue)]
    [InlineData(ElementType.Int64, (1L << 32) + 1)]
    [InlineData(ElementType.Int64, (1L << 53) + 1)]
    public void ForwardBackward_IgnoredLabelOfAnyValue_CountsNowhere(ElementType type, long ignoreLabel)
    {
        foreach (int channels in new[] { 1, 4 })
        {
            var what = new Case
            {
                Shape = [2, channels, 700],
                LabelsType = type,
                IgnoredShare = 0.4,
                Seed = 2,
                Options = new DiceOptions { IgnoreLabel = ignoreLabel },
            };
            using var run = new CaseRun(what);
            Conformity.Check(Provider, run);
            double[] gradient = run.Backward(Provider, run.Forward(Provider));
            long[] labels = run.Labels.Integers();
            for (int i = 0; i < gradient.Length; i++)
            {
                bool ignored = labels[(i / (channels * 700) * 700) + (i % 700)] == ignoreLabel;
                if (ignored) Assert.Equal(0, gradient[i]);
            }
        }
    }

    [Theory]
    // An ignored label that the type of the labels cannot hold ignores nothing, whatever its lower bits are.
    [InlineData(ElementType.UInt8, -1, 255)]
    [InlineData(ElementType.Int8, 255, -1)]
    [InlineData(ElementType.Int16, 65535, -1)]
    [InlineData(ElementType.Int32, 4294967295, -1)]
    // Neighbours that float32, and even float64, cannot tell apart.
    [InlineData(ElementType.Int32, (1 << 24) + 1, 1 << 24)]
    [InlineData(ElementType.Int64, (1L << 24) + 1, 1L << 24)]
    [InlineData(ElementType.Int64, (1L << 53) + 1, 1L << 53)]
    [InlineData(ElementType.Int64, long.MaxValue, long.MaxValue - 1)]
    [InlineData(ElementType.Int64, long.MinValue, long.MinValue + 1)]
    [InlineData(ElementType.Int64, -1, 4294967295)]
    // Neighbours that a clamp to 32 bits cannot tell apart.
    [InlineData(ElementType.Int64, int.MaxValue, int.MaxValue + 1L)]
    [InlineData(ElementType.Int64, int.MinValue, int.MinValue - 1L)]
    [InlineData(ElementType.Int64, int.MaxValue, long.MaxValue)]
    [InlineData(ElementType.Int64, 4294967295, -1)]
    public void Forward_LabelThatOnlyResemblesTheIgnoredOne_IsInvalid(ElementType type, long ignoreLabel, long label)
    {
        foreach (ElementType logits in new[] { ElementType.Float32, ElementType.Float64 })
        {
            using var run = new CaseRun(
                new Case { Shape = [1, 3, 600], LogitsType = logits, LabelsType = type, IgnoredShare = 0, Options = new DiceOptions { IgnoreLabel = ignoreLabel } },
                editLabels: labels => labels[577] = label);
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
            Assert.Equal(label, error.ActualValue);
        }
    }

    [Theory]
    // Each would be a class, were it cut down to 32, 24, 16 or 8 bits or rounded to a float.
    [InlineData(ElementType.Int64, (1L << 32) + 1)]
    [InlineData(ElementType.Int64, (1L << 32) + 2)]
    [InlineData(ElementType.Int64, 1L << 40)]
    [InlineData(ElementType.Int64, long.MinValue)]
    [InlineData(ElementType.Int64, long.MinValue + 1)]
    [InlineData(ElementType.Int32, (1 << 24) + 1)]
    [InlineData(ElementType.Int32, (1 << 16) + 1)]
    [InlineData(ElementType.Int32, int.MinValue + 1)]
    [InlineData(ElementType.Int16, 257)]
    public void Forward_LabelThatOnlyResemblesAClass_IsInvalid(ElementType type, long label)
    {
        foreach (int channels in new[] { 1, 3 })
        {
            foreach (int position in Chosen(Enumerable.Range(0, 40), (int)type, channels))
            {
                using var run = new CaseRun(new Case { Shape = [1, channels, 40], LabelsType = type, IgnoredShare = 0 }, editLabels: labels => labels[position] = label);
                var error = Assert.Throws<ArgumentOutOfRangeException>(() => run.Forward(Provider));
                Assert.Equal(label, error.ActualValue);
            }
        }
    }

    [Fact]
    public void ForwardBackward_ClassesThatOnlySomeTypesCount_AgreeWithReference()
    {
        // Labels up to the greatest that 8 bits hold, and beyond.
        var kernels = from type in Cases.LabelsTypes from channels in new[] { 127, 128, 129, 255, 256, 257, 300 } select (Type: type, Channels: channels);
        foreach ((ElementType type, int channels) in Chosen(kernels))
        {
            Conformity.Check(Provider, new Case { Shape = [1, channels, 40], LabelsType = type, Seed = channels, IgnoredShare = 0 });
        }
    }
}
