namespace DiceLoss.Testing.Conformance;

// Sizes: every remainder of every lane count, ranks, nothing at all.
public abstract partial class ProviderConformance
{
    [Theory]
    [InlineData(ElementType.Float32, 3)]
    [InlineData(ElementType.Float64, 2)]
    [InlineData(ElementType.Float16, 2)]
    [InlineData(ElementType.BFloat16, 1)]
    [InlineData(ElementType.Float32, 1)]
    public void ForwardBackward_EveryVoxelCountTo257_AgreesWithReference(ElementType type, int channels)
    {
        for (int voxels = 0; voxels <= 257; voxels++)
        {
            Conformity.Check(Provider, new Case { Shape = [1, channels, voxels], LogitsType = type, LabelsType = ElementType.UInt8, Seed = voxels });
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void ForwardBackward_AroundWholeTiles_AgreesWithReference(int more)
    {
        int tile = Math.Max(TileVoxels, 64);
        foreach (int tiles in Chosen([1, 2, 3, 9], more + 2))
        {
            Conformity.Check(Provider, new Case { Shape = [2, 3, (tiles * tile) + more], Seed = tiles });
            Conformity.Check(Provider, new Case { Shape = [1, 1, (tiles * tile) + more], LogitsType = ElementType.BFloat16, Seed = tiles });
        }
    }

    [Theory]
    [InlineData]
    [InlineData(7L)]
    [InlineData(5L, 7L)]
    [InlineData(3L, 5L, 7L)]
    [InlineData(2L, 3L, 5L, 7L)]
    [InlineData(2L, 3L, 2L, 3L, 5L)]
    [InlineData(2L, 1L, 3L, 2L, 3L, 5L)]
    [InlineData(1L, 2L, 1L, 3L, 2L, 3L, 2L, 2L)]
    public void ForwardBackward_EverySpatialRank_AgreesWithReference(params long[] spatial)
    {
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            Layout written = layout == Layout.Expanded ? Layout.Contiguous : layout;
            Conformity.Check(Provider, new Case { Shape = [2, 3, .. spatial], LogitsLayout = layout, LabelsLayout = layout, GradientLayout = written, Seed = 11 });
        }
    }

    [Theory]
    [InlineData(DiceReduction.None)]
    [InlineData(DiceReduction.Mean)]
    [InlineData(DiceReduction.Sum)]
    [InlineData(DiceReduction.Batch)]
    public void ForwardBackward_NoVoxels_LossIsZero(DiceReduction reduction)
    {
        using var run = new CaseRun(new Case { Shape = [2, 3, 4, 0], Options = new DiceOptions { Reduction = reduction } });
        DiceResult result = run.Forward(Provider);
        Assert.Equal(reduction == DiceReduction.None ? [0, 0] : new double[] { 0 }, result.Losses.ToArray());
        Assert.Empty(run.Backward(Provider, result));
    }

    [Fact]
    public void ForwardBackward_NoSamples_LossIsEmptyZeroOrNaN()
    {
        foreach (DiceReduction reduction in Cases.Reductions)
        {
            using var run = new CaseRun(new Case { Shape = [0, 3, 4], Options = new DiceOptions { Reduction = reduction } });
            DiceResult result = run.Forward(Provider);
            double[] expected = reduction switch
            {
                DiceReduction.None => [],
                DiceReduction.Mean => [double.NaN],
                _ => [0],
            };
            Assert.Equal(expected, result.Losses.ToArray());
            Assert.Empty(run.Backward(Provider, result));
        }
    }

    [Fact]
    public void ForwardBackward_NothingAtAddressZero_IsAccepted()
    {
        var logits = new TensorDescriptor(0, Device.Cpu, ElementType.Float32, [0, 3, 4]);
        var labels = new TensorDescriptor(0, Device.Cpu, ElementType.Int64, [0, 4]);
        DiceResult result = Dice.Forward(logits, labels, new DiceOptions { Reduction = DiceReduction.Sum }, Provider);
        Assert.Equal(0, result.Loss);
        Dice.Backward(result, logits, labels, default, logits, inPlace: true, Provider);
    }
}
