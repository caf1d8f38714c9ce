using BrainSegmentation.Nifti;

namespace DiceLoss.Bench.RealSize;

/// <summary>The label volume of the INIA19 atlas at its full resolution, its labels renumbered from 0 in their order.</summary>
/// <param name="Volume">For example <c>168 x 206 x 128</c>.</param>
/// <param name="Classes">How many classes there are.</param>
/// <param name="Labels">A class for each voxel.</param>
internal sealed record AtlasLabels(string Volume, int Classes, short[] Labels)
{
    /// <summary>With <c>--quick</c>: so many layers of the volume, from its middle.</summary>
    private const int QuickLayers = 4;

    /// <summary>Reads the atlas.</summary>
    /// <param name="most">How many classes at most: labels from there on become class 0, the background.</param>
    /// <param name="quick">Whether to take a few layers only.</param>
    /// <exception cref="IOException">The file is missing.</exception>
    /// <exception cref="InvalidDataException">The file is not what it should be.</exception>
    public static AtlasLabels Read(int most, bool quick)
    {
        NiftiVolume atlas = NiftiReader.Read(Path.Combine(AppContext.BaseDirectory, "data", "inia19-NeuroMaps.nii.gz"));
        Dictionary<double, int> number = atlas.Voxels.Distinct().Order().Index().ToDictionary(label => label.Item, label => label.Index);
        int layer = atlas.Width * atlas.Height, depth = quick ? Math.Min(QuickLayers, atlas.Depth) : atlas.Depth;
        short[] labels = Array.ConvertAll(
            atlas.Voxels[((atlas.Depth - depth) / 2 * layer)..((atlas.Depth + depth) / 2 * layer)],
            voxel => number[voxel] is var label && label < most ? (short)label : (short)0);
        return new AtlasLabels($"{atlas.Width} x {atlas.Height} x {depth}", Math.Min(most, number.Count), labels);
    }
}
