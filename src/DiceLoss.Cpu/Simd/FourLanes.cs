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
    public static Four<TVector> Load(T* source) => new()
    {
        A = TLanes.Load(source),
        B = TLanes.Load(source + TLanes.Count),
        C = TLanes.Load(source + (2 * TLanes.Count)),
        D = TLanes.Load(source + (3 * TLanes.Count)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> LoadWidened(short* source) => new()
    {
        A = TLanes.LoadWidened(source),
        B = TLanes.LoadWidened(source + TLanes.Count),
        C = TLanes.LoadWidened(source + (2 * TLanes.Count)),
        D = TLanes.LoadWidened(source + (3 * TLanes.Count)),
    };

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
        new() { A = TLanes.Add(left.A, right.A), B = TLanes.Add(left.B, right.B), C = TLanes.Add(left.C, right.C), D = TLanes.Add(left.D, right.D) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Subtract(Four<TVector> left, Four<TVector> right) => new()
    {
        A = TLanes.Subtract(left.A, right.A),
        B = TLanes.Subtract(left.B, right.B),
        C = TLanes.Subtract(left.C, right.C),
        D = TLanes.Subtract(left.D, right.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Multiply(Four<TVector> left, Four<TVector> right) => new()
    {
        A = TLanes.Multiply(left.A, right.A),
        B = TLanes.Multiply(left.B, right.B),
        C = TLanes.Multiply(left.C, right.C),
        D = TLanes.Multiply(left.D, right.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Divide(Four<TVector> left, Four<TVector> right) => new()
    {
        A = TLanes.Divide(left.A, right.A),
        B = TLanes.Divide(left.B, right.B),
        C = TLanes.Divide(left.C, right.C),
        D = TLanes.Divide(left.D, right.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> MaxOrRight(Four<TVector> left, Four<TVector> right) => new()
    {
        A = TLanes.MaxOrRight(left.A, right.A),
        B = TLanes.MaxOrRight(left.B, right.B),
        C = TLanes.MaxOrRight(left.C, right.C),
        D = TLanes.MaxOrRight(left.D, right.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> MinOrRight(Four<TVector> left, Four<TVector> right) => new()
    {
        A = TLanes.MinOrRight(left.A, right.A),
        B = TLanes.MinOrRight(left.B, right.B),
        C = TLanes.MinOrRight(left.C, right.C),
        D = TLanes.MinOrRight(left.D, right.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> BitAnd(Four<TVector> left, Four<TVector> right) => new()
    {
        A = TLanes.BitAnd(left.A, right.A),
        B = TLanes.BitAnd(left.B, right.B),
        C = TLanes.BitAnd(left.C, right.C),
        D = TLanes.BitAnd(left.D, right.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> BitOr(Four<TVector> left, Four<TVector> right) =>
        new() { A = TLanes.BitOr(left.A, right.A), B = TLanes.BitOr(left.B, right.B), C = TLanes.BitOr(left.C, right.C), D = TLanes.BitOr(left.D, right.D) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> AddInteger(Four<TVector> left, Four<TVector> right) => new()
    {
        A = TLanes.AddInteger(left.A, right.A),
        B = TLanes.AddInteger(left.B, right.B),
        C = TLanes.AddInteger(left.C, right.C),
        D = TLanes.AddInteger(left.D, right.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> MultiplyAdd(Four<TVector> left, Four<TVector> right, Four<TVector> addend) => new()
    {
        A = TLanes.MultiplyAdd(left.A, right.A, addend.A),
        B = TLanes.MultiplyAdd(left.B, right.B, addend.B),
        C = TLanes.MultiplyAdd(left.C, right.C, addend.C),
        D = TLanes.MultiplyAdd(left.D, right.D, addend.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> WhereEqual(Four<TVector> left, Four<TVector> right, Four<TVector> value) => new()
    {
        A = TLanes.WhereEqual(left.A, right.A, value.A),
        B = TLanes.WhereEqual(left.B, right.B, value.B),
        C = TLanes.WhereEqual(left.C, right.C, value.C),
        D = TLanes.WhereEqual(left.D, right.D, value.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> WhereEqual(Four<TVector> left, Four<TVector> right, Four<TVector> value, Four<TVector> otherwise) => new()
    {
        A = TLanes.WhereEqual(left.A, right.A, value.A, otherwise.A),
        B = TLanes.WhereEqual(left.B, right.B, value.B, otherwise.B),
        C = TLanes.WhereEqual(left.C, right.C, value.C, otherwise.C),
        D = TLanes.WhereEqual(left.D, right.D, value.D, otherwise.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> WhereNotEqual(Four<TVector> left, Four<TVector> right, Four<TVector> value) => new()
    {
        A = TLanes.WhereNotEqual(left.A, right.A, value.A),
        B = TLanes.WhereNotEqual(left.B, right.B, value.B),
        C = TLanes.WhereNotEqual(left.C, right.C, value.C),
        D = TLanes.WhereNotEqual(left.D, right.D, value.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> WhereGreater(Four<TVector> left, Four<TVector> right, Four<TVector> value, Four<TVector> otherwise) => new()
    {
        A = TLanes.WhereGreater(left.A, right.A, value.A, otherwise.A),
        B = TLanes.WhereGreater(left.B, right.B, value.B, otherwise.B),
        C = TLanes.WhereGreater(left.C, right.C, value.C, otherwise.C),
        D = TLanes.WhereGreater(left.D, right.D, value.D, otherwise.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> WhereNotGreater(Four<TVector> left, Four<TVector> right, Four<TVector> value) => new()
    {
        A = TLanes.WhereNotGreater(left.A, right.A, value.A),
        B = TLanes.WhereNotGreater(left.B, right.B, value.B),
        C = TLanes.WhereNotGreater(left.C, right.C, value.C),
        D = TLanes.WhereNotGreater(left.D, right.D, value.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> AddWhereEqual(Four<TVector> sum, Four<TVector> left, Four<TVector> right, Four<TVector> addend) => new()
    {
        A = TLanes.AddWhereEqual(sum.A, left.A, right.A, addend.A),
        B = TLanes.AddWhereEqual(sum.B, left.B, right.B, addend.B),
        C = TLanes.AddWhereEqual(sum.C, left.C, right.C, addend.C),
        D = TLanes.AddWhereEqual(sum.D, left.D, right.D, addend.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> MultiplyWhereEqual(Four<TVector> product, Four<TVector> left, Four<TVector> right, Four<TVector> factor) => new()
    {
        A = TLanes.MultiplyWhereEqual(product.A, left.A, right.A, factor.A),
        B = TLanes.MultiplyWhereEqual(product.B, left.B, right.B, factor.B),
        C = TLanes.MultiplyWhereEqual(product.C, left.C, right.C, factor.C),
        D = TLanes.MultiplyWhereEqual(product.D, left.D, right.D, factor.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> CountWhereEqual(Four<TVector> count, Four<TVector> left, Four<TVector> right) => new()
    {
        A = TLanes.CountWhereEqual(count.A, left.A, right.A),
        B = TLanes.CountWhereEqual(count.B, left.B, right.B),
        C = TLanes.CountWhereEqual(count.C, left.C, right.C),
        D = TLanes.CountWhereEqual(count.D, left.D, right.D),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Lookup(T* table, Four<TVector> index) =>
        new() { A = TLanes.Lookup(table, index.A), B = TLanes.Lookup(table, index.B), C = TLanes.Lookup(table, index.C), D = TLanes.Lookup(table, index.D) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> Magnitude(Four<TVector> value) =>
        new() { A = TLanes.Magnitude(value.A), B = TLanes.Magnitude(value.B), C = TLanes.Magnitude(value.C), D = TLanes.Magnitude(value.D) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> ShiftLeft(Four<TVector> value, int bits) => new()
    {
        A = TLanes.ShiftLeft(value.A, bits),
        B = TLanes.ShiftLeft(value.B, bits),
        C = TLanes.ShiftLeft(value.C, bits),
        D = TLanes.ShiftLeft(value.D, bits),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Four<TVector> ShiftRight(Four<TVector> value, int bits) => new()
    {
        A = TLanes.ShiftRight(value.A, bits),
        B = TLanes.ShiftRight(value.B, bits),
        C = TLanes.ShiftRight(value.C, bits),
        D = TLanes.ShiftRight(value.D, bits),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Four<TVector> All(TVector value) => new() { A = value, B = value, C = value, D = value };
}
