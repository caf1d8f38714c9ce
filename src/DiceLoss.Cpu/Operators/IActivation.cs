using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>How logits become probabilities and how a derivative goes back, for one register of voxels, as a tag.</summary>
internal unsafe interface IActivation
{
    /// <summary>Fills one row per class, the scales, and what the voxel term asks for.</summary>
    static abstract void Activate<TLanes, TVector, T, TElement, TTerm>(in ActivationVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TTerm : IVoxelTerm;

    /// <summary>Writes the gradient by the logits; 0 for voxels that do not count.</summary>
    static abstract void Backpropagate<TLanes, TVector, T, TElement, TExponent, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
        where TTerm : IVoxelTerm;
}
