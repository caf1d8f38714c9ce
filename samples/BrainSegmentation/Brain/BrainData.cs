using BrainSegmentation.Anatomy;
using BrainSegmentation.Nifti;
using BrainSegmentation.Volumes;

namespace BrainSegmentation.Brain;

/// <summary>
/// The INIA19 brain as a training and a validation set: the left hemisphere, and the right one read from right to left, so that both
/// look to the same side. x grows from the left to the right, y to the front, z upwards.
/// </summary>
internal sealed class BrainData
{
    private readonly BrainSide _whole;
    private readonly BrainSide _mirrored;
    private readonly Extent _origin;
    private readonly Extent _size;
    private readonly float _outside;

    private BrainData(BrainSide whole, float outside, Grouping classes, Extent origin, Extent size)
    {
        _whole = whole;
        _mirrored = new BrainSide(whole.Intensity.MirrorX(), whole.Classes.MirrorX());
        _outside = outside;
        (Classes, _origin, _size) = (classes, origin, size);
        Training = Shifted(default);
        Validation = Window(_mirrored, origin);
    }

    /// <summary>The classes.</summary>
    public Grouping Classes { get; }

    /// <summary>The left hemisphere.</summary>
    public BrainSide Training { get; }

    /// <summary>The right hemisphere, mirrored.</summary>
    public BrainSide Validation { get; }

    /// <summary>The left hemisphere seen through a window that is moved by some voxels.</summary>
    public BrainSide Shifted(Extent shift) => Window(_whole, _origin + shift);

    /// <summary>Reads the files.</summary>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">A file is not what it should be.</exception>
    public static BrainData Load(string folder, VolumeSize size, int classes)
    {
        NiftiVolume image = NiftiReader.Read(Path.Combine(folder, "inia19-t1-brain.nii.gz"));
        NiftiVolume atlas = NiftiReader.Read(Path.Combine(folder, "inia19-NeuroMaps.nii.gz"));
        var grid = new Extent(image.Width, image.Height, image.Depth);
        if (grid != new Extent(atlas.Width, atlas.Height, atlas.Depth))
            throw new InvalidDataException($"The image has {grid} voxels, the labels {atlas.Width} x {atlas.Height} x {atlas.Depth}; both files lie on one grid.");

        short[] labels = Array.ConvertAll(atlas.Voxels, Label);
        Grouping grouping = Grouping.Create(classes, LabelNames.Parse(atlas.Extension), labels);
        var intensity = new Volume<float>(grid, Array.ConvertAll(image.Voxels, v => (float)v));
        Volume<short> classOf = new Volume<short>(grid, labels).Select(label => grouping[label]);
        if (size != VolumeSize.Whole05Mm)
            (intensity, classOf) = (Halving.Average(intensity), Halving.MajorityVote(classOf));

        (Volume<float> normalised, float outside) = Normalised(intensity);
        (Extent origin, Extent window) = Hemisphere(size, intensity.Size);
        return new BrainData(new BrainSide(normalised, classOf), outside, grouping, origin, window);
    }

    private BrainSide Window(BrainSide side, Extent origin) =>
        new(side.Intensity.Window(origin, _size, _outside), side.Classes.Window(origin, _size, 0));

    /// <summary>What of the left hemisphere is seen. The network halves the resolution twice, so each side is a multiple of 4.</summary>
    private static (Extent Origin, Extent Size) Hemisphere(VolumeSize size, Extent whole)
    {
        if (size == VolumeSize.Crop)
            return (new Extent(10, 9, 0), new Extent(32, 80, 56));
        static int Multiple(int voxels) => (voxels + 3) / 4 * 4;
        int half = whole.X / 2;
        return (new Extent(half - Multiple(half), 0, 0), new Extent(Multiple(half), Multiple(whole.Y), Multiple(whole.Z)));
    }

    /// <summary>Mean 0 and standard deviation 1 over the brain (the background of the image is exactly 0).</summary>
    private static (Volume<float> Intensity, float Background) Normalised(Volume<float> intensity)
    {
        float[] brain = Array.FindAll(intensity.Voxels, v => v > 0);
        if (brain.Length == 0)
            throw new InvalidDataException("The image is empty: no voxel is larger than 0.");
        double mean = brain.Average(v => (double)v);
        double deviation = Math.Sqrt(brain.Average(v => (v - mean) * (v - mean)));
        float Normal(float v) => (float)((v - mean) / deviation);
        return (intensity.Select(Normal), Normal(0));
    }

    private static short Label(double voxel) => voxel is >= 0 and <= short.MaxValue && voxel == Math.Floor(voxel)
        ? (short)voxel
        : throw new InvalidDataException($"The labels hold {voxel}; a label is a whole number from 0 to {short.MaxValue}.");
}
