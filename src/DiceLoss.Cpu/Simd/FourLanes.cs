using System.Numerics;
using System.Runtime.CompilerServices;

namespace DiceLoss.Cpu.Simd;

/// <summary>
/// Four registers as one, step by step: what is written for one register becomes four independent chains of instructions side by side,
/// which hide each other's latency. A processor's own reordering looks too few instructions ahead for that.
/// </summary>
internal readonly unsafe struct FourLanes<TLanes, TVector, T> : ILanes<Four<TVector>, T>
    where TLanes : ILanes<TVector, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => 4 * TLanes.Count;

    public static Four<TVector> Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => All(TLanes.Zero);
    }

    public static Four<TVector> One
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => All(TLanes.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Constant(float single, double wide) =>
        All(TLanes.Constant(single, wide));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Broadcast(T value) =>
        All(TLanes.Broadcast(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> BroadcastBits(ulong bits) =>
        All(TLanes.BroadcastBits(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Load(T* source) => new(
        TLanes.Load(source),
        TLanes.Load(source + TLanes.Count),
        TLanes.Load(source + (2 * TLanes.Count)),
        TLanes.Load(source + (3 * TLanes.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> LoadWidened(short* source) => new(
        TLanes.LoadWidened(source),
        TLanes.LoadWidened(source + TLanes.Count),
        TLanes.LoadWidened(source + (2 * TLanes.Count)),
        TLanes.LoadWidened(source + (3 * TLanes.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* destination, Four<TVector> value)
    {
        TLanes.Store(destination, value.A);
        TLanes.Store(destination + TLanes.Count, value.B);
        TLanes.Store(destination + (2 * TLanes.Count), value.C);
        TLanes.Store(destination + (3 * TLanes.Count), value.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stream(T* destination, Four<TVector> value)
    {
        TLanes.Stream(destination, value.A);
        TLanes.Stream(destination + TLanes.Count, value.B);
        TLanes.Stream(destination + (2 * TLanes.Count), value.C);
        TLanes.Stream(destination + (3 * TLanes.Count), value.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreNarrowed(ushort* destination, Four<TVector> value)
    {
        TLanes.StoreNarrowed(destination, value.A);
        TLanes.StoreNarrowed(destination + TLanes.Count, value.B);
        TLanes.StoreNarrowed(destination + (2 * TLanes.Count), value.C);
        TLanes.StoreNarrowed(destination + (3 * TLanes.Count), value.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StreamNarrowed(ushort* destination, Four<TVector> value)
    {
        TLanes.StreamNarrowed(destination, value.A);
        TLanes.StreamNarrowed(destination + TLanes.Count, value.B);
        TLanes.StreamNarrowed(destination + (2 * TLanes.Count), value.C);
        TLanes.StreamNarrowed(destination + (3 * TLanes.Count), value.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Add(Four<TVector> left, Four<TVector> right) =>
        new(TLanes.Add(left.A, right.A), TLanes.Add(left.B, right.B), TLanes.Add(left.C, right.C), TLanes.Add(left.D, right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Subtract(Four<TVector> left, Four<TVector> right) =>
        new(TLanes.Subtract(left.A, right.A), TLanes.Subtract(left.B, right.B), TLanes.Subtract(left.C, right.C), TLanes.Subtract(left.D, right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Multiply(Four<TVector> left, Four<TVector> right) =>
        new(TLanes.Multiply(left.A, right.A), TLanes.Multiply(left.B, right.B), TLanes.Multiply(left.C, right.C), TLanes.Multiply(left.D, right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Divide(Four<TVector> left, Four<TVector> right) =>
        new(TLanes.Divide(left.A, right.A), TLanes.Divide(left.B, right.B), TLanes.Divide(left.C, right.C), TLanes.Divide(left.D, right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> MaxOrRight(Four<TVector> left, Four<TVector> right) => new(
        TLanes.MaxOrRight(left.A, right.A),
        TLanes.MaxOrRight(left.B, right.B),
        TLanes.MaxOrRight(left.C, right.C),
        TLanes.MaxOrRight(left.D, right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> MinOrRight(Four<TVector> left, Four<TVector> right) => new(
        TLanes.MinOrRight(left.A, right.A),
        TLanes.MinOrRight(left.B, right.B),
        TLanes.MinOrRight(left.C, right.C),
        TLanes.MinOrRight(left.D, right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> BitAnd(Four<TVector> left, Four<TVector> right) =>
        new(TLanes.BitAnd(left.A, right.A), TLanes.BitAnd(left.B, right.B), TLanes.BitAnd(left.C, right.C), TLanes.BitAnd(left.D, right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> BitOr(Four<TVector> left, Four<TVector> right) =>
        new(TLanes.BitOr(left.A, right.A), TLanes.BitOr(left.B, right.B), TLanes.BitOr(left.C, right.C), TLanes.BitOr(left.D, right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> AddInteger(Four<TVector> left, Four<TVector> right) => new(
        TLanes.AddInteger(left.A, right.A),
        TLanes.AddInteger(left.B, right.B),
        TLanes.AddInteger(left.C, right.C),
        TLanes.AddInteger(left.D, right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> MultiplyAdd(Four<TVector> left, Four<TVector> right, Four<TVector> addend) => new(
        TLanes.MultiplyAdd(left.A, right.A, addend.A),
        TLanes.MultiplyAdd(left.B, right.B, addend.B),
        TLanes.MultiplyAdd(left.C, right.C, addend.C),
        TLanes.MultiplyAdd(left.D, right.D, addend.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> WhereEqual(Four<TVector> left, Four<TVector> right, Four<TVector> value) => new(
        TLanes.WhereEqual(left.A, right.A, value.A),
        TLanes.WhereEqual(left.B, right.B, value.B),
        TLanes.WhereEqual(left.C, right.C, value.C),
        TLanes.WhereEqual(left.D, right.D, value.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> WhereEqual(Four<TVector> left, Four<TVector> right, Four<TVector> value, Four<TVector> otherwise) => new(
        TLanes.WhereEqual(left.A, right.A, value.A, otherwise.A),
        TLanes.WhereEqual(left.B, right.B, value.B, otherwise.B),
        TLanes.WhereEqual(left.C, right.C, value.C, otherwise.C),
        TLanes.WhereEqual(left.D, right.D, value.D, otherwise.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> WhereNotEqual(Four<TVector> left, Four<TVector> right, Four<TVector> value) => new(
        TLanes.WhereNotEqual(left.A, right.A, value.A),
        TLanes.WhereNotEqual(left.B, right.B, value.B),
        TLanes.WhereNotEqual(left.C, right.C, value.C),
        TLanes.WhereNotEqual(left.D, right.D, value.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> WhereGreater(Four<TVector> left, Four<TVector> right, Four<TVector> value, Four<TVector> otherwise) => new(
        TLanes.WhereGreater(left.A, right.A, value.A, otherwise.A),
        TLanes.WhereGreater(left.B, right.B, value.B, otherwise.B),
        TLanes.WhereGreater(left.C, right.C, value.C, otherwise.C),
        TLanes.WhereGreater(left.D, right.D, value.D, otherwise.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> WhereNotGreater(Four<TVector> left, Four<TVector> right, Four<TVector> value) => new(
        TLanes.WhereNotGreater(left.A, right.A, value.A),
        TLanes.WhereNotGreater(left.B, right.B, value.B),
        TLanes.WhereNotGreater(left.C, right.C, value.C),
        TLanes.WhereNotGreater(left.D, right.D, value.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> AddWhereEqual(Four<TVector> sum, Four<TVector> left, Four<TVector> right, Four<TVector> addend) => new(
        TLanes.AddWhereEqual(sum.A, left.A, right.A, addend.A),
        TLanes.AddWhereEqual(sum.B, left.B, right.B, addend.B),
        TLanes.AddWhereEqual(sum.C, left.C, right.C, addend.C),
        TLanes.AddWhereEqual(sum.D, left.D, right.D, addend.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> MultiplyWhereEqual(Four<TVector> product, Four<TVector> left, Four<TVector> right, Four<TVector> factor) => new(
        TLanes.MultiplyWhereEqual(product.A, left.A, right.A, factor.A),
        TLanes.MultiplyWhereEqual(product.B, left.B, right.B, factor.B),
        TLanes.MultiplyWhereEqual(product.C, left.C, right.C, factor.C),
        TLanes.MultiplyWhereEqual(product.D, left.D, right.D, factor.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> CountWhereEqual(Four<TVector> count, Four<TVector> left, Four<TVector> right) => new(
        TLanes.CountWhereEqual(count.A, left.A, right.A),
        TLanes.CountWhereEqual(count.B, left.B, right.B),
        TLanes.CountWhereEqual(count.C, left.C, right.C),
        TLanes.CountWhereEqual(count.D, left.D, right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Lookup(T* table, Four<TVector> index) =>
        new(TLanes.Lookup(table, index.A), TLanes.Lookup(table, index.B), TLanes.Lookup(table, index.C), TLanes.Lookup(table, index.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Magnitude(Four<TVector> value) =>
        new(TLanes.Magnitude(value.A), TLanes.Magnitude(value.B), TLanes.Magnitude(value.C), TLanes.Magnitude(value.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> ShiftLeft(Four<TVector> value, int bits) =>
        new(TLanes.ShiftLeft(value.A, bits), TLanes.ShiftLeft(value.B, bits), TLanes.ShiftLeft(value.C, bits), TLanes.ShiftLeft(value.D, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> ShiftRight(Four<TVector> value, int bits) =>
        new(TLanes.ShiftRight(value.A, bits), TLanes.ShiftRight(value.B, bits), TLanes.ShiftRight(value.C, bits), TLanes.ShiftRight(value.D, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Four<TVector> All(TVector value) => new(value, value, value, value);
}
