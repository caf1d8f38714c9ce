using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>One register of voxels on the way back: probabilities, labels, coefficients, and where the gradient goes.</summary>
internal readonly unsafe ref struct ActivatedVoxels<TVector, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Row of class 0; times <see cref="Scale"/> it is the probability.</summary>
    public required T* Rows { get; init; }

    /// <summary>Elements from one row to the next.</summary>
    public required int RowStride { get; init; }

    /// <summary>What makes the rows probabilities.</summary>
    public required TVector Scale { get; init; }

    /// <summary>Class of each voxel, or a <see cref="Kernels.LabelCode"/>.</summary>
    public required TVector Labels { get; init; }

    /// <summary>Set where the voxel counts.</summary>
    public required TVector Counted { get; init; }

    /// <summary>A, per class.</summary>
    public required T* ByIntersection { get; init; }

    /// <summary>e * B, per class.</summary>
    public required T* ByPredictionMass { get; init; }

    /// <summary>K.</summary>
    public required int Classes { get; init; }

    /// <summary>e.</summary>
    public required int Exponent { get; init; }

    /// <summary>Where the gradient of channel 0 goes.</summary>
    public required byte* Gradient { get; init; }

    /// <summary>Bytes from one channel of the gradient to the next.</summary>
    public required nint GradientStride { get; init; }

    /// <summary>Whether the gradient goes past the caches.</summary>
    public required bool Streams { get; init; }

    /// <summary>The probabilities of a class.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Probability<TLanes>(int k)
        where TLanes : ILanes<TVector, T> => TLanes.Multiply(TLanes.Load(Rows + ((nint)k * RowStride)), Scale);

    /// <summary>u = A t + e B p^(e-1), the derivative by the probability of a class.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector ByProbability<TLanes, TExponent>(int k, TVector p)
        where TLanes : ILanes<TVector, T>
        where TExponent : IExponent
    {
        TVector isLabel = TLanes.Equal(Labels, TLanes.Broadcast(T.CreateTruncating(k)));
        return TLanes.Add(
            TExponent.Slope<TLanes, TVector, T>(TLanes.Broadcast(ByPredictionMass[k]), p, Exponent),
            TLanes.Select(isLabel, TLanes.Broadcast(ByIntersection[k]), TLanes.Zero));
    }

    /// <summary>Writes the gradient by the logits of a channel; 0 for voxels that do not count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write<TLanes, TElement>(int channel, TVector gradient)
        where TLanes : ILanes<TVector, T>
        where TElement : IElement<T>
    {
        byte* destination = Gradient + (channel * GradientStride);
        gradient = TLanes.Select(Counted, gradient, TLanes.Zero);
        if (Streams) TElement.Stream<TLanes, TVector>(destination, gradient);
        else TElement.Store<TLanes, TVector>(destination, gradient);
    }
}
