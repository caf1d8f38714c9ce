using System.Numerics;

namespace DiceLoss.Cpu.Operators;

/// <summary>A register of voxels on the way forward: logits and labels, and where probabilities and logarithms go.</summary>
internal unsafe struct ActivationVoxels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The first voxel in channel 0.</summary>
    public byte* Logits;

    /// <summary>Bytes from one channel to the next.</summary>
    public nint ChannelStride;

    /// <summary>C.</summary>
    public int Channels;

    /// <summary>Class of each voxel, or a <see cref="Kernels.LabelCode"/>; for a voxel term.</summary>
    public T* Labels;

    /// <summary>Row of class 0, for numbers that are the probabilities once multiplied by the voxel's scale.</summary>
    public T* Rows;

    /// <summary>Elements from one row to the next.</summary>
    public int RowStride;

    /// <summary>Where the scales go.</summary>
    public T* Scales;

    /// <summary>Row of class 0, for how far each logit is below the largest; for a uniform voxel term.</summary>
    public T* Distances;

    /// <summary>Where the sums of the exponentials go, whose logarithms are still to be taken; for a voxel term.</summary>
    public T* Sums;

    /// <summary>Where it goes how far the logits of the voxels' own classes are below the largest; for a voxel term.</summary>
    public T* OwnDistances;
}
