namespace DiceLoss.Abstractions.Tests;

/// <summary>Nearest voxels and weights of levels, against their definitions.</summary>
public sealed class DeepSupervisionTests
{
    [Fact]
    public void NearestIndex_AnyTwoLengths_IsTheFloorOfTheMiddle()
    {
        for (long length = 1; length <= 24; length++)
        {
            for (long resized = 1; resized <= 30; resized++)
            {
                for (long i = 0; i < resized; i++)
                {
                    // (i + 1/2) length / resized, the quotient of integers that doubles divide exactly enough at this size.
                    double middle = (2 * i + 1) * length / (double)(2 * resized);
                    Assert.Equal((long)Math.Floor(middle), DeepSupervision.NearestIndex(i, length, resized));
                }
            }
        }
    }

    [Fact]
    public void NearestIndex_LengthsBeyondDoubles_IsExact() =>
        Assert.Equal(long.MaxValue - 2, DeepSupervision.NearestIndex((long.MaxValue / 3) - 1, long.MaxValue, long.MaxValue / 3));

    [Theory]
    [InlineData(-1, 4, 2)]
    [InlineData(2, 4, 2)]
    [InlineData(0, 0, 2)]
    [InlineData(0, 4, 0)]
    public void NearestIndex_NoSuchVoxel_Throws(long index, long length, long resized) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DeepSupervision.NearestIndex(index, length, resized));

    [Fact]
    public void TryGetStep_WholeRatio_GivesTheNearestVoxels()
    {
        for (long resized = 1; resized <= 9; resized++)
        {
            for (long factor = 1; factor <= 9; factor++)
            {
                Assert.True(DeepSupervision.TryGetStep(resized * factor, resized, out long first, out long step));
                for (long i = 0; i < resized; i++) Assert.Equal(DeepSupervision.NearestIndex(i, resized * factor, resized), first + (i * step));
            }
        }
    }

    [Theory]
    [InlineData(10, 4, false)]
    [InlineData(4, 10, false)]
    [InlineData(4, 0, false)]
    [InlineData(0, 4, false)]
    [InlineData(0, 0, true)]
    [InlineData(7, 7, true)]
    public void TryGetStep_OtherLengths_SaysWhetherThereIsOne(long length, long resized, bool isThere) =>
        Assert.Equal(isThere, DeepSupervision.TryGetStep(length, resized, out _, out _));

    [Theory]
    [InlineData(-1, 4, "length")]
    [InlineData(4, -1, "resizedLength")]
    [InlineData(-3, -3, "length")]
    public void TryGetStep_NegativeLength_NamesIt(long length, long resized, string parameter) =>
        Assert.Equal(parameter, Assert.Throws<ArgumentOutOfRangeException>(() => { DeepSupervision.TryGetStep(length, resized, out _, out _); }).ParamName);

    [Fact]
    public unsafe void Resized_WholeRatios_NamesTheNearestElements()
    {
        int[] memory = [.. Enumerable.Range(0, 2 * 3 * 8 * 6)];
        fixed (int* address = memory)
        {
            // Maps (2, 3, 6, 8), transposed in memory.
            var maps = new TensorDescriptor((nint)address, Device.Cpu, ElementType.Int32, [2, 3, 6, 8], [144, 48, 1, 6]);
            Span<long> shape = stackalloc long[4], strides = stackalloc long[4];
            TensorDescriptor resized = DeepSupervision.Resized(maps, [2, 4], shape, strides);

            Assert.Equal([2, 3, 2, 4], resized.Shape.ToArray());
            Assert.Equal([144, 48, 3, 12], resized.Strides.ToArray());
            for (int i = 0; i < 2; i++)
            {
                for (int j = 0; j < 4; j++)
                {
                    long expected = 144 + 96 + DeepSupervision.NearestIndex(i, 6, 2) + (6 * DeepSupervision.NearestIndex(j, 8, 4));
                    int* element = (int*)resized.Address + 144 + 96 + (i * resized.Stride(2)) + (j * resized.Stride(3));
                    Assert.Equal(expected, *element);
                }
            }
        }
    }

    [Fact]
    public void Resized_RowMajorLabelsWithoutStrides_GetsStrides()
    {
        var labels = new TensorDescriptor(4096, Device.Cpu, ElementType.Int16, [2, 9, 4]);
        long[] shape = new long[3], strides = new long[3];
        TensorDescriptor resized = DeepSupervision.Resized(labels, [3, 4], shape, strides);
        Assert.Equal([2, 3, 4], shape);
        Assert.Equal([36, 12, 1], strides);
        Assert.Equal(4096 + (2 * 4), resized.Address);
        Assert.Equal((ElementType.Int16, Device.Cpu), (resized.ElementType, resized.Device));
    }

    [Fact]
    public void Resized_SameShape_IsTheSameMemory()
    {
        var labels = new TensorDescriptor(0, Device.Cpu, ElementType.UInt8, [2, 0, 5]);
        TensorDescriptor resized = DeepSupervision.Resized(labels, [0, 5], new long[3], new long[3]);
        Assert.Equal(0, resized.Address);
        Assert.Equal([2, 0, 5], resized.Shape.ToArray());
    }

    [Fact]
    public void Resized_NoWholeRatio_SaysWhatToDo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => DeepSupervision.Resized(new TensorDescriptor(64, Device.Cpu, ElementType.UInt8, [2, 8, 10]), [4, 4], new long[3], new long[3]));
        Assert.Equal("spatialShape", error.ParamName);
        Assert.StartsWith(
            "The tensor has spatial shape [8, 10], which is no whole multiple of [4, 4] in dimension 1: there is no view of it. "
            + "Copy the voxels that DeepSupervision.NearestIndex names.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resized_BadArguments_NamesThem()
    {
        Assert.Equal("shape", Assert.Throws<ArgumentException>(() => Resize([4, 4], 2, 3)).ParamName);
        Assert.Equal("strides", Assert.Throws<ArgumentException>(() => Resize([4, 4], 3, 4)).ParamName);
        Assert.Equal("spatialShape", Assert.Throws<ArgumentException>(() => Resize([4, 4, 4, 4], 3, 3)).ParamName);
        Assert.Equal("spatialShape", Assert.Throws<ArgumentException>(() => Resize([4, -4], 3, 3)).ParamName);

        static void Resize(long[] space, int shape, int strides) =>
            DeepSupervision.Resized(new TensorDescriptor(64, Device.Cpu, ElementType.UInt8, [2, 8, 8]), space, new long[shape], new long[strides]);
    }

    [Fact]
    public void For_EachRule_GivesItsWeights()
    {
        Assert.Equal([16 / 31.0, 8 / 31.0, 4 / 31.0, 2 / 31.0, 1 / 31.0], LevelWeights.Halved.For(5));
        Assert.Equal([8 / 15.0, 4 / 15.0, 2 / 15.0, 1 / 15.0, 0], LevelWeights.NnUNet.For(5));
        Assert.Equal([1, 0.5, 0.25, 0.125, 0.0625, 0.0625], LevelWeights.Monai.For(6));
        Assert.Equal([1, 1, 1], LevelWeights.Same.For(3));
        Assert.Equal([1, 0.5, 0.5], LevelWeights.Two.For(3));
        Assert.Equal([2, 0, 0.25], LevelWeights.Create(2, 0, 0.25).For(3));
    }

    [Fact]
    public void For_OneLevel_IsOneByEveryRule() =>
        Assert.All([LevelWeights.Halved, LevelWeights.NnUNet, LevelWeights.Monai, LevelWeights.Same, LevelWeights.Two], rule => Assert.Equal([1], rule.For(1)));

    [Fact]
    public void For_ChangedByTheCaller_LeavesTheWeightsAlone()
    {
        LevelWeights weights = LevelWeights.Create(1, 0.5);
        weights.For(2)[0] = 7;
        Assert.Equal([1, 0.5], weights.For(2));
    }

    [Fact]
    public void For_WrongNumberOfLevels_Throws()
    {
        Assert.Contains("There are 2 weights for 3 levels.", Assert.Throws<ArgumentException>(() => LevelWeights.Create(1, 0.5).For(3)).Message, StringComparison.Ordinal);
        Assert.Equal("levels", Assert.Throws<ArgumentOutOfRangeException>(() => LevelWeights.Halved.For(0)).ParamName);
    }

    [Fact]
    public void Create_BadWeights_NamesThem()
    {
        Assert.Contains("The weight of level 1 is -1; it is finite and not negative.", Assert.Throws<ArgumentOutOfRangeException>(() => LevelWeights.Create(1, -1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => LevelWeights.Create(double.NaN));
        Assert.Contains("There are no weights", Assert.Throws<ArgumentException>(() => LevelWeights.Create()).Message, StringComparison.Ordinal);
        Assert.Contains("All weights are 0", Assert.Throws<ArgumentException>(() => LevelWeights.Create(0, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equals_SameWeights_AreEqualAndReadTheSame()
    {
        LevelWeights weights = LevelWeights.Create(1, 0.5);
        Assert.Equal(weights, LevelWeights.Create(1, 0.5));
        Assert.Equal(weights.GetHashCode(), LevelWeights.Create(1, 0.5).GetHashCode());
        Assert.NotEqual(weights, LevelWeights.Create(1, 0.25));
        Assert.NotEqual(LevelWeights.Same, LevelWeights.Two);
        Assert.Equal("[1, 0.5]", weights.ToString());
        Assert.Equal("NnUNet", LevelWeights.NnUNet.ToString());
    }
}
