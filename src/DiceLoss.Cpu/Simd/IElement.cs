using System.Numerics;

namespace DiceLoss.Cpu.Simd;

/// <summary>A type that logits are stored in, as a tag: loads that widen to the type that is computed in, stores that round to the stored one.</summary>
/// <typeparam name="T">The type that is computed in: float or double.</typeparam>
internal unsafe interface IElement<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Bytes of a stored element.</summary>
    static abstract int Size { get; }

    /// <summary>Loads consecutive elements, one per lane.</summary>
    static abstract TVector Load<TLanes, TVector>(byte* source)
        where TLanes : ILanes<TVector, T>;

    /// <summary>Stores consecutive elements, rounded to nearest, ties to even.</summary>
    static abstract void Store<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, T>;

    /// <summary>The same past the caches, to an address that is a multiple of the cache line.</summary>
    static abstract void Stream<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, T>;
}
