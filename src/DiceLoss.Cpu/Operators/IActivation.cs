using System.Numerics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>How logits become probabilities and how a derivative goes back, for one register of voxels, as a tag.</summary>
internal unsafe interface IActivation
{
    /// <summary>Whether the probabilities of a voxel add up to 1.</summary>
    static abstract bool ClassesCompete { get; }

    /// <summary>Whether its rows are probabilities only once multiplied by the voxels' scales; otherwise there are no scales.</summary>
    static abstract bool HasScales { get; }

    /// <summary>Whether there are logits, which voxel terms need.</summary>
    static abstract bool HasVoxelTerms { get; }

    /// <summary>Fills one row per class with probabilities, or with what makes them once multiplied by the voxel's scale.</summary>
    /// <param name="logits">The voxels' logits in channel 0.</param>
    /// <param name="channelStride">Bytes from one channel to the next.</param>
    /// <param name="channels">C.</param>
    /// <param name="rows">Row of class 0.</param>
    /// <param name="rowStride">Elements from one row to the next, of the term's rows too.</param>
    /// <param name="scales">Where the scales go, if there are any.</param>
    /// <param name="term">For a voxel term.</param>
    static abstract void Activate<TLanes, TVector, T, TElement, TTarget, TTerm>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride, T* scales, in TermVoxels<T> term)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm;

    /// <summary>
    /// Writes the gradient by the logits; 0 for voxels that do not count. With a voxel term that is added apart, leaves it in the rows
    /// instead, with what <see cref="AddTerm"/> needs besides.
    /// </summary>
    static abstract void Backpropagate<TLanes, TVector, T, TElement, TExponent, TTarget, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
        where TTarget : ITarget
        where TTerm : IVoxelTerm;

    /// <summary>Whether there is a voxel term that <see cref="Backpropagate"/> leaves to <see cref="AddTerm"/>.</summary>
    static abstract bool AddsTermApart<TTarget, TTerm>()
        where TTarget : ITarget
        where TTerm : IVoxelTerm;

    /// <summary>Adds the voxel term to the gradient; the sum goes to the first set of rows.</summary>
    /// <param name="voxels">One register of the voxels that <see cref="Backpropagate"/> has worked on.</param>
    static abstract void AddTerm<TLanes, TVector, T, TTarget, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm;
}
