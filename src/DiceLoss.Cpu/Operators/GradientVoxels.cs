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

    /// <summary>C, per class; for a voxel term.</summary>
    public T* ByLogLoss;

    /// <summary>D, per class; for a uniform voxel term.</summary>
    public T* ByUniformLogLoss;

    /// <summary>sum D.</summary>
    public T UniformLogLossSum;

    /// <summary>K.</summary>
    public int Classes;

    /// <summary>e.</summary>
    public int Exponent;

    /// <summary>Room for a register per class.</summary>
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
        where TExponent : IExponent => TLanes.AddWhereEqual(
            TExponent.Slope<TLanes, TVector, T>(TLanes.Broadcast(ByPredictionMass[k]), p, Exponent),
            labels,
            index,
            TLanes.Broadcast(ByIntersection[k]));

    /// <summary><paramref name="value"/> where the voxel counts, elsewhere 0, whatever the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector WhereCounted<TLanes, TVector>(TVector labels, TVector value)
        where TLanes : ILanes<TVector, T> =>
        TLanes.WhereNotGreater(TLanes.Broadcast(T.CreateTruncating(Kernels.LabelCode.NoClass)), labels, value);

    /// <summary>Writes the gradient by the logits of a channel, or puts it into a row where it has yet to be rounded.</summary>
    /// <param name="destination">Where it goes in the end.</param>
    /// <param name="row">The row of the channel.</param>
    /// <param name="gradient">The gradient.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Write<TLanes, TVector, TElement>(byte* destination, T* row, TVector gradient)
        where TLanes : ILanes<TVector, T>
        where TElement : IElement<T>
    {
        if (TElement.Size != sizeof(T)) TLanes.Store(row, gradient);
        else if (Streams) TElement.Stream<TLanes, TVector>(destination, gradient);
        else TElement.Store<TLanes, TVector>(destination, gradient);
    }

    /// <summary>Rounds what <see cref="Write"/> has put into the rows, and writes it. To round takes many registers, hence a loop of its own.</summary>
    /// <param name="channels">How many rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void WriteRows<TLanes, TVector, TElement>(int channels)
        where TLanes : ILanes<TVector, T>
        where TElement : IElement<T>
    {
        if (TElement.Size != sizeof(T)) RoundRows<TLanes, TVector, TElement>(channels);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void RoundRows<TLanes, TVector, TElement>(int channels)
        where TLanes : ILanes<TVector, T>
        where TElement : IElement<T>
    {
        byte* destination = Gradient;
        T* row = Rows;
        for (int c = 0; c < channels; c++, destination += GradientStride, row += TLanes.Count)
        {
            TVector gradient = TLanes.Load(row);
            if (Streams) TElement.Stream<TLanes, TVector>(destination, gradient);
            else TElement.Store<TLanes, TVector>(destination, gradient);
        }
    }
}
