using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>A register of voxels on the way back: logits, labels, coefficients, and where the gradient goes.</summary>
internal unsafe struct GradientVoxels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The first voxel in channel 0.</summary>
    public byte* Logits;

    /// <summary>Bytes from one channel of the logits to the next.</summary>
    public nint ChannelStride;

    /// <summary>Class of each voxel, or a <see cref="Kernels.LabelCode"/>.</summary>
    public T* Labels;

    /// <summary>A, per class.</summary>
    public T* ByIntersection;

    /// <summary>e * B, per class.</summary>
    public T* ByPredictionMass;

    /// <summary>K.</summary>
    public int Classes;

    /// <summary>e.</summary>
    public int Exponent;

    /// <summary>Room for two registers per class.</summary>
    public T* Rows;

    /// <summary>Room for one.</summary>
    public T* Scales;

    /// <summary>Where the gradient of the first voxel in channel 0 goes.</summary>
    public byte* Gradient;

    /// <summary>Bytes from one channel of the gradient to the next.</summary>
    public nint GradientStride;

    /// <summary>Whether the gradient goes past the caches.</summary>
    public bool Streams;

    /// <summary>u = A t + e B p^(e-1), the derivative by the probability of a class.</summary>
    /// <param name="k">The class.</param>
    /// <param name="index">The class as a label, in every lane.</param>
    /// <param name="labels">The voxels' labels.</param>
    /// <param name="p">The voxels' probabilities of the class.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector ByProbability<TLanes, TVector, TExponent>(int k, TVector index, TVector labels, TVector p)
        where TLanes : ILanes<TVector, T>
        where TExponent : IExponent => TLanes.Add(
            TExponent.Slope<TLanes, TVector, T>(TLanes.Broadcast(ByPredictionMass[k]), p, Exponent),
            TLanes.WhereEqual(labels, index, TLanes.Broadcast(ByIntersection[k])));

    /// <summary>Set where the voxel counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Counted<TLanes, TVector>(TVector labels)
        where TLanes : ILanes<TVector, T> => TLanes.GreaterOrEqual(labels, TLanes.Broadcast(T.CreateTruncating(Kernels.LabelCode.NoClass)));

    /// <summary>Writes the gradient by the logits of a channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<TLanes, TVector, TElement>(byte* destination, TVector gradient, bool streams)
        where TLanes : ILanes<TVector, T>
        where TElement : IElement<T>
    {
        if (streams) TElement.Stream<TLanes, TVector>(destination, gradient);
        else TElement.Store<TLanes, TVector>(destination, gradient);
    }
}
