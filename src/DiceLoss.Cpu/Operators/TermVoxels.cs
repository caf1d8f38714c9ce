using System.Numerics;

namespace DiceLoss.Cpu.Operators;

/// <summary>A register of voxels on the way forward: what a voxel term needs besides probabilities, and where it goes.</summary>
internal unsafe struct TermVoxels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Class of each voxel, or a <see cref="LabelCode"/>.</summary>
    public T* Labels;

    /// <summary>Row of class 0: for how far each logit is below the largest; where classes do not compete, for -log p.</summary>
    public T* Distances;

    /// <summary>Row of class 0, where classes do not compete: for -log(1 - p).</summary>
    public T* Complements;

    /// <summary>Where the sums of the exponentials go, whose logarithms are still to be taken; where classes compete.</summary>
    public T* Sums;

    /// <summary>Where it goes how far the logits of the voxels' own classes are below the largest.</summary>
    public T* OwnDistances;
}
