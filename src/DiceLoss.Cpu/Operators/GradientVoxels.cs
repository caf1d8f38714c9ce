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

    /// <summary>Class of each voxel, or a <see cref="LabelCode"/>.</summary>
    public T* Labels;

    /// <summary>Target of the first voxel for class 0, in [0, 1] or a <see cref="LabelCode"/>; for maps.</summary>
    public T* Targets;

    /// <summary>Elements from one class of the targets to the next.</summary>
    public nint TargetStride;

    /// <summary>Weight of each voxel; for maps.</summary>
    public T* Weights;

    /// <summary>A, per class.</summary>
    public T* ByIntersection;

    /// <summary>e * B, per class.</summary>
    public T* ByPredictionMass;

    /// <summary>C, per class; for a voxel term.</summary>
    public T* ByLogLoss;

    /// <summary>D, per class; for a uniform voxel term.</summary>
    public T* ByUniformLogLoss;

    /// <summary>The same as C of 1 - p; where classes do not compete.</summary>
    public T* ByComplementLogLoss;

    /// <summary>F, per class; for a focal voxel term.</summary>
    public T* ByFocalLoss;

    /// <summary>The same as F of 1 - p; where classes do not compete.</summary>
    public T* ByComplementFocalLoss;

    /// <summary>The exponent of the focal voxel term.</summary>
    public T Gamma;

    /// <summary>sum D.</summary>
    public T UniformLogLossSum;

    /// <summary>K.</summary>
    public int Classes;

    /// <summary>e.</summary>
    public int Exponent;

    /// <summary>Room for two registers per class, [set][class], with a voxel term for three.</summary>
    public T* Rows;

    /// <summary>Elements from one row to the next.</summary>
    public int RowStride;

    /// <summary>Room for one.</summary>
    public T* Scales;

    /// <summary>Where the gradient of the first voxel in channel 0 goes.</summary>
    public byte* Gradient;

    /// <summary>Bytes from one channel of the gradient to the next.</summary>
    public nint GradientStride;

    /// <summary>Whether the gradient goes past the caches.</summary>
    public bool Streams;

    /// <summary>Whether every voxel counts.</summary>
    public bool AllCount;

    /// <summary>The weights of the voxels, 0 where they do not count; for maps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Weight<TLanes, TVector>(TVector labels)
        where TLanes : ILanes<TVector, T> => WhereCounted<TLanes, TVector>(labels, TLanes.Load(Weights));

    /// <summary>The targets of the voxels for a class; for maps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Target<TLanes, TVector>(int k)
        where TLanes : ILanes<TVector, T> => TLanes.Load(Targets + (k * TargetStride));

    /// <summary>u, the derivative by the probability of a class.</summary>
    /// <param name="k">The class.</param>
    /// <param name="index">The class as a label, in every lane.</param>
    /// <param name="labels">The voxels' labels.</param>
    /// <param name="p">The voxels' probabilities of the class.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector ByProbability<TLanes, TVector, TExponent, TTarget>(int k, TVector index, TVector labels, TVector p)
        where TLanes : ILanes<TVector, T>
        where TExponent : IExponent
        where TTarget : ITarget => TTarget.ByProbability<TLanes, TVector, T>(this, k, index, labels, p, OfPredictionMass<TLanes, TVector, TExponent>(k, p));

    /// <summary>The part of u that comes by the prediction mass: with labels, all of it where the class is not that of the voxel.</summary>
    /// <param name="k">The class.</param>
    /// <param name="p">The voxels' probabilities of the class.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector OfPredictionMass<TLanes, TVector, TExponent>(int k, TVector p)
        where TLanes : ILanes<TVector, T>
        where TExponent : IExponent => TExponent.Slope<TLanes, TVector, T>(TLanes.Broadcast(ByPredictionMass[k]), p, Exponent);

    /// <summary>C + F phi: what -log p of a class counts in the derivative by its logit, as if it were cross-entropy.</summary>
    /// <param name="byLogLoss">C, per class.</param>
    /// <param name="byFocalLoss">F, per class.</param>
    /// <param name="k">The class.</param>
    /// <param name="p">The voxels' probabilities of the class.</param>
    /// <param name="q">1 - p.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector ByOwnLogLoss<TLanes, TVector, TTerm>(T* byLogLoss, T* byFocalLoss, int k, TVector p, TVector q)
        where TLanes : ILanes<TVector, T>
        where TTerm : IVoxelTerm => TTerm.Factor<TLanes, TVector, T>(TLanes.Broadcast(byLogLoss[k]), TLanes.Broadcast(byFocalLoss[k]), p, q, Gamma);

    /// <summary><paramref name="value"/> where the voxel counts, elsewhere 0, whatever the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector WhereCounted<TLanes, TVector>(TVector labels, TVector value)
        where TLanes : ILanes<TVector, T> =>
        TLanes.WhereNotGreater(TLanes.Broadcast(T.CreateTruncating(LabelCode.NoClass)), labels, value);

    /// <summary>Writes the gradient by the logits of a channel, or puts it into a row where it has yet to be rounded.</summary>
    /// <param name="destination">Where it goes in the end.</param>
    /// <param name="row">The row of the channel.</param>
    /// <param name="gradient">The gradient.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Write<TLanes, TVector, TElement>(byte* destination, T* row, TVector gradient)
        where TLanes : ILanes<TVector, T>
        where TElement : IElement<T>
    {
        // Not by the element's own stores: what rounds would be inlined where it never runs, up to the compiler's limit of locals.
        if (typeof(TElement) != typeof(UnroundedElement<T>)) TLanes.Store(row, gradient);
        else if (Streams) TLanes.Stream((T*)destination, gradient);
        else TLanes.Store((T*)destination, gradient);
    }

    /// <summary>Rounds what <see cref="Write"/> has put into the rows, and writes it.</summary>
    /// <param name="channels">How many rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void WriteRows<TLanes, TVector, TElement>(int channels)
        where TLanes : ILanes<TVector, T>
        where TElement : IElement<T>
    {
        if (typeof(TElement) != typeof(UnroundedElement<T>)) WriteFirstRows<TLanes, TVector, TElement>(channels);
    }

    /// <summary>Writes the first set of rows, rounded. To round takes many registers, hence a loop of its own.</summary>
    /// <param name="channels">How many rows.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public readonly void WriteFirstRows<TLanes, TVector, TElement>(int channels)
        where TLanes : ILanes<TVector, T>
        where TElement : IElement<T>
    {
        byte* destination = Gradient;
        T* row = Rows;
        for (int c = 0; c < channels; c++, destination += GradientStride, row += RowStride)
        {
            TVector gradient = TLanes.Load(row);
            if (Streams) TElement.Stream<TLanes, TVector>(destination, gradient);
            else TElement.Store<TLanes, TVector>(destination, gradient);
        }
    }

    /// <summary>Goes on to the next register of the same rows, for <see cref="IActivation.AddTerm"/>.</summary>
    /// <param name="voxels">How many voxels further.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int voxels)
    {
        Labels += voxels;
        Targets += voxels;
        Weights += voxels;
        Rows += voxels;
        Scales += voxels;
    }
}
