using BrainSegmentation.Volumes;
using static TorchSharp.torch;

namespace BrainSegmentation.Training;

/// <summary>Volumes as batches of one, and back.</summary>
internal static class Tensors
{
    /// <summary>(1, 1, D, H, W), float32.</summary>
    public static Tensor Image(Volume<float> volume) => tensor(volume.Voxels, [1, 1, volume.Size.Z, volume.Size.Y, volume.Size.X]);

    /// <summary>(1, D, H, W).</summary>
    public static Tensor Labels(Volume<short> volume, ScalarType type)
    {
        using Tensor labels = tensor(volume.Voxels, [1, volume.Size.Z, volume.Size.Y, volume.Size.X]);
        return labels.to_type(type, copy: true);
    }

    /// <summary>The most probable class of each voxel, from logits (1, C, D, H, W).</summary>
    public static Volume<short> Prediction(Tensor logits)
    {
        using Tensor largest = logits.argmax(1);
        using Tensor classes = largest.to_type(ScalarType.Int16);
        return new Volume<short>(new Extent((int)logits.shape[4], (int)logits.shape[3], (int)logits.shape[2]), classes.data<short>().ToArray());
    }
}
