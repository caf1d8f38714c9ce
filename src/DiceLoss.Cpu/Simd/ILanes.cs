using System.Numerics;

namespace DiceLoss.Cpu.Simd;

/// <summary>
/// A register width, as a tag that kernels are compiled for: values stay bare registers, the tag carries the operations. Each operation
/// works on every lane alone and rounds as IEEE 754 says, so kernels give the same bits at every width.
/// </summary>
/// <typeparam name="TVector">The register.</typeparam>
/// <typeparam name="T">One lane: float or double.</typeparam>
internal unsafe interface ILanes<TVector, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Lanes in a register.</summary>
    static abstract int Count { get; }

    static abstract TVector Zero { get; }

    static abstract TVector One { get; }

    static abstract TVector Broadcast(T value);

    /// <summary>A number of the source code in every lane: the first one for float, the second for double.</summary>
    static abstract TVector Constant(float single, double wide);

    /// <summary>The same bits in every lane; the upper half is dropped for lanes of 32 bits.</summary>
    static abstract TVector BroadcastBits(ulong bits);

    static abstract TVector Load(T* source);

    static abstract void Store(T* destination, TVector value);

    /// <summary>Stores past the caches, to an address that is a multiple of the register's size.</summary>
    static abstract void Stream(T* destination, TVector value);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Divide(TVector left, TVector right);

    /// <summary>left * right + addend, rounded once.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>The larger one; <paramref name="right"/> when either is NaN.</summary>
    static abstract TVector MaxOrRight(TVector left, TVector right);

    /// <summary>The smaller one; <paramref name="right"/> when either is NaN.</summary>
    static abstract TVector MinOrRight(TVector left, TVector right);

    /// <summary>|value|.</summary>
    static abstract TVector Magnitude(TVector value);

    /// <summary><paramref name="value"/> where left and right are equal, elsewhere 0.</summary>
    static abstract TVector WhereEqual(TVector left, TVector right, TVector value);

    /// <summary><paramref name="value"/> where left and right are equal, elsewhere <paramref name="otherwise"/>.</summary>
    static abstract TVector WhereEqual(TVector left, TVector right, TVector value, TVector otherwise);

    /// <summary><paramref name="value"/> where left and right differ, as also when either is NaN; elsewhere 0.</summary>
    static abstract TVector WhereNotEqual(TVector left, TVector right, TVector value);

    /// <summary><paramref name="value"/> where left is greater than right, elsewhere <paramref name="otherwise"/>.</summary>
    static abstract TVector WhereGreater(TVector left, TVector right, TVector value, TVector otherwise);

    /// <summary><paramref name="value"/> where left is not greater than right, as also when either is NaN; elsewhere 0.</summary>
    static abstract TVector WhereNotGreater(TVector left, TVector right, TVector value);

    /// <summary>sum + addend where left and right are equal, elsewhere the sum. A sum of -0 may become 0, not at every width: for sums that cannot be -0.</summary>
    static abstract TVector AddWhereEqual(TVector sum, TVector left, TVector right, TVector addend);

    /// <summary>product * factor where left and right are equal, elsewhere the product.</summary>
    static abstract TVector MultiplyWhereEqual(TVector product, TVector left, TVector right, TVector factor);

    /// <summary>The bits of the lanes as integers, one more where left and right are equal.</summary>
    static abstract TVector CountWhereEqual(TVector count, TVector left, TVector right);

    /// <summary>For each lane, the entry that the lowest three bits of its index name.</summary>
    /// <param name="table">A cache line of entries that repeats after eight.</param>
    /// <param name="index">The bits of the lanes as integers.</param>
    static abstract TVector Lookup(T* table, TVector index);

    static abstract TVector BitAnd(TVector left, TVector right);

    static abstract TVector BitOr(TVector left, TVector right);

    /// <summary>The bits of each lane as an integer, shifted; zeros come in.</summary>
    static abstract TVector ShiftLeft(TVector value, int bits);

    /// <inheritdoc cref="ShiftLeft"/>
    static abstract TVector ShiftRight(TVector value, int bits);

    /// <summary>The bits of the lanes added as integers.</summary>
    static abstract TVector AddInteger(TVector left, TVector right);

    /// <summary>16-bit integers, sign-extended into the bits of the lanes. For lanes of 32 bits.</summary>
    static abstract TVector LoadWidened(short* source);

    /// <summary>The lower 16 bits of each lane, of which no other is set. For lanes of 32 bits.</summary>
    static abstract void StoreNarrowed(ushort* destination, TVector value);

    /// <summary>The same past the caches, to an address that is a multiple of half the register's size.</summary>
    static abstract void StreamNarrowed(ushort* destination, TVector value);
}
