using BrainSegmentation.Anatomy;
using BrainSegmentation.Brain;
using BrainSegmentation.Nifti;
using BrainSegmentation.Volumes;

namespace BrainSegmentation.Tests;

public class BrainDataTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "data");

    private static readonly Lazy<BrainData> s_crop = new(() => BrainData.Load(s_folder, VolumeSize.Crop, Grouping.ByName));

    /// <summary>Voxels of each class in the crop, left and mirrored right.</summary>
    public static TheoryData<int, string, int, int> Counts => new()
    {
        { 1, "ventricles and CSF", 462, 528 },
        { 2, "cerebellar white matter and nuclei", 1355, 1318 },
        { 3, "cerebellar cortex", 3453, 3545 },
        { 4, "amygdala", 464, 522 },
        { 5, "hippocampus", 757, 824 },
        { 6, "basal ganglia", 2070, 2057 },
        { 7, "hypothalamus and basal forebrain", 650, 653 },
        { 8, "thalamus", 1138, 1149 },
        { 9, "cerebral white matter", 12836, 12566 },
        { 10, "frontal cortex", 7385, 7278 },
        { 11, "parietal cortex", 4383, 4406 },
        { 12, "cingulate and insular cortex", 1387, 1408 },
        { 13, "occipital cortex", 4559, 4698 },
        { 14, "temporal cortex", 6157, 6219 },
        { 15, "brainstem and the rest", 2428, 2484 },
    };

    [Theory]
    [MemberData(nameof(Counts))]
    public void Load_CropByName_HasThatManyVoxelsOfEachClass(int index, string name, int left, int right)
    {
        BrainData data = s_crop.Value;
        Assert.Equal(name, data.Classes.Names[index]);
        Assert.Equal((left, right), (data.Training.Classes.Voxels.Count(c => c == index), data.Validation.Classes.Voxels.Count(c => c == index)));
    }

    [Theory]
    [InlineData(VolumeSize.Crop, 32, 80, 56)]
    [InlineData(VolumeSize.Whole1Mm, 44, 104, 64)]
    [InlineData(VolumeSize.Whole05Mm, 84, 208, 128)]
    internal void Load_EachSize_HasWindowsThatTheNetworkTakes(VolumeSize size, int x, int y, int z)
    {
        BrainData data = BrainData.Load(s_folder, size, Grouping.ByName);
        Assert.Equal(new Extent(x, y, z), data.Training.Intensity.Size);
        Assert.Equal(new Extent(x, y, z), data.Validation.Classes.Size);
    }

    [Fact]
    public void Shifted_ByOneVoxel_MovesTheWindow()
    {
        BrainData data = s_crop.Value;
        Volume<short> moved = data.Shifted(new Extent(1, 0, 0)).Classes;
        Assert.Equal(data.Training.Classes[20, 40, 30], moved[19, 40, 30]);
        Assert.Equal(data.Training.Intensity[20, 40, 30], data.Shifted(new Extent(0, -2, 1)).Intensity[20, 42, 29]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(105)]
    [InlineData(363)]
    public void Load_OtherClassCounts_HasThatManyClassesAndVoxelsOfTheLargest(int classes)
    {
        BrainData data = BrainData.Load(s_folder, VolumeSize.Crop, classes);
        Assert.Equal(classes, data.Classes.Count);
        Assert.Equal(classes, data.Classes.Names.Distinct().Count());
        Assert.All(data.Training.Classes.Voxels, c => Assert.InRange(c, 0, classes - 1));
        Assert.Contains((short)1, data.Training.Classes.Voxels);
    }

    [Fact]
    public void Load_MoreClassesThanRegions_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BrainData.Load(s_folder, VolumeSize.Crop, 364));

    [Fact]
    public void Create_ByVolume_PutsTheLargestRegionFirst()
    {
        var names = new Dictionary<int, string> { [1] = "l_small", [1001] = "r_small", [2] = "l_large", [1002] = "r_large", [3] = "l_middle" };
        Grouping groups = Grouping.Create(3, names, [0, 1, 1001, 2, 2, 1002, 3, 3, 0, 0, 0, 0]);
        Assert.Equal(["background", "large", "all other regions"], groups.Names);
        Assert.Equal([0, 2, 2, 1, 1, 2], new List<int> { 0, 1, 1001, 2, 1002, 3 }.ConvertAll(label => (int)groups[label]));
    }

    [Fact]
    public void Grouping_LabelWithoutName_Throws()
    {
        Grouping groups = Grouping.Create(Grouping.ByName, new Dictionary<int, string> { [1] = "l_putamen" }, [1]);
        Assert.Equal(6, groups[1]);
        Assert.Contains("label 2", Assert.Throws<InvalidDataException>(() => groups[2]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_OfTheAtlas_AreTheSameOnBothSides()
    {
        IReadOnlyDictionary<int, string> names = LabelNames.Parse(NiftiReader.Read(Path.Combine(s_folder, "inia19-NeuroMaps.nii.gz")).Extension);
        Assert.Equal(1004, names.Count);
        Assert.All(names.Where(n => n.Key < 1000), left => Assert.Equal(Grouping.Region(left.Value), Grouping.Region(names[left.Key + 1000])));
    }

    [Fact]
    public void Load_MissingFolder_ThrowsAndNamesTheFile() => Assert.Contains(
        "inia19-t1-brain.nii.gz", Assert.ThrowsAny<IOException>(() => BrainData.Load("nowhere", VolumeSize.Crop, 16)).Message, StringComparison.Ordinal);
}
