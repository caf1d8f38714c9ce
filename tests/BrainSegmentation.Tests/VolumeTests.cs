using BrainSegmentation.Evaluation;
using BrainSegmentation.Volumes;

namespace BrainSegmentation.Tests;

public class VolumeTests
{
    private static readonly Extent s_two = new(2, 2, 2);

    [Fact]
    public void MirrorX_Twice_GivesTheSame()
    {
        Volume<int> volume = Volume<int>.Fill(new Extent(3, 2, 2), (x, y, z) => 100 * z + 10 * y + x);
        Assert.Equal([2, 1, 0, 12, 11, 10, 102, 101, 100, 112, 111, 110], volume.MirrorX().Voxels);
        Assert.Equal(volume.Voxels, volume.MirrorX().MirrorX().Voxels);
    }

    [Fact]
    public void Window_OverTheEdge_HoldsTheOutsideValue()
    {
        Volume<int> volume = Volume<int>.Fill(s_two, (x, y, z) => 100 * z + 10 * y + x);
        Volume<int> window = volume.Window(new Extent(1, -1, 0), s_two, -7);
        Assert.Equal([-7, -7, 1, -7, -7, -7, 101, -7], window.Voxels);
    }

    [Fact]
    public void Average_EightVoxels_GivesTheirMean() =>
        Assert.Equal([3.5f], Halving.Average(new Volume<float>(s_two, [0, 1, 2, 3, 4, 5, 6, 7])).Voxels);

    [Theory]
    [InlineData(new short[] { 5, 5, 5, 5, 5, 1, 2, 3 }, 5)]
    [InlineData(new short[] { 9, 1, 9, 2, 9, 3, 4, 6 }, 9)]
    [InlineData(new short[] { 4, 4, 4, 4, 2, 2, 2, 2 }, 2)]
    [InlineData(new short[] { 0, 0, 0, 0, 2, 2, 2, 2 }, 0)]
    [InlineData(new short[] { 8, 7, 6, 5, 4, 3, 2, 1 }, 1)]
    public void MajorityVote_EightLabels_GivesTheMostFrequentAndOfEqualsTheSmallest(short[] labels, short winner) =>
        Assert.Equal([winner], Halving.MajorityVote(new Volume<short>(s_two, labels)).Voxels);

    [Fact]
    public void MajorityVote_OddSize_DropsTheLastLayer()
    {
        Volume<short> volume = Volume<short>.Fill(new Extent(5, 4, 2), (x, y, _) => (short)(x / 2 + 10 * (y / 2)));
        Volume<short> half = Halving.MajorityVote(volume);
        Assert.Equal(new Extent(2, 2, 1), half.Size);
        Assert.Equal([0, 1, 10, 11], half.Voxels);
    }

    [Fact]
    public void HardDice_HandCountedCase_GivesTheScores()
    {
        var prediction = new Volume<short>(s_two, [0, 1, 1, 1, 2, 2, 0, 0]);
        var truth = new Volume<short>(s_two, [0, 1, 1, 2, 2, 0, 0, 0]);
        HardDice dice = HardDice.Of(prediction, truth, 4);
        Assert.Equal(2 * 2 / 5.0, dice[1], 12);
        Assert.Equal(2 * 1 / 4.0, dice[2], 12);
        Assert.True(double.IsNaN(dice[3]));
        Assert.Equal((0.8 + 0.5) / 2, dice.MeanForeground, 12);
    }
}
