using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Simd;

/// <summary>256-bit registers.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct Lanes256<T> : ILanes<Vector256<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => Vector256<T>.Count;

    public static Vector256<T> Zero => Vector256<T>.Zero;

    public static Vector256<T> One => Vector256<T>.One;

    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Constant(float single, double wide) => typeof(T) == typeof(float)
        ? Vector256.Create(single).As<float, T>()
        : Vector256.Create(wide).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> BroadcastBits(ulong bits) => typeof(T) == typeof(float)
        ? Vector256.Create((uint)bits).As<uint, T>()
        : Vector256.Create(bits).As<ulong, T>();

    public static Vector256<T> Load(T* source) => Vector256.Load(source);

    public static void Store(T* destination, Vector256<T> value) => value.Store(destination);

    public static void Stream(T* destination, Vector256<T> value) => value.StoreAlignedNonTemporal(destination);

    public static Vector256<T> Add(Vector256<T> left, Vector256<T> right) => left + right;

    public static Vector256<T> Subtract(Vector256<T> left, Vector256<T> right) => left - right;

    public static Vector256<T> Multiply(Vector256<T> left, Vector256<T> right) => left * right;

    public static Vector256<T> Divide(Vector256<T> left, Vector256<T> right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> left, Vector256<T> right, Vector256<T> addend) => typeof(T) == typeof(float)
        ? Vector256.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>()
        : Vector256.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MaxOrRight(Vector256<T> left, Vector256<T> right) => Vector256.MaxNative(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MinOrRight(Vector256<T> left, Vector256<T> right) => Vector256.MinNative(left, right);

    public static Vector256<T> Magnitude(Vector256<T> value) => Vector256.Abs(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> WhereEqual(Vector256<T> left, Vector256<T> right, Vector256<T> value) => Vector256.Equals(left, right) & value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> WhereEqual(Vector256<T> left, Vector256<T> right, Vector256<T> value, Vector256<T> otherwise) =>
        Select(Vector256.Equals(left, right), value, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> WhereNotEqual(Vector256<T> left, Vector256<T> right, Vector256<T> value) => Vector256.AndNot(value, Vector256.Equals(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> WhereGreater(Vector256<T> left, Vector256<T> right, Vector256<T> value, Vector256<T> otherwise) =>
        Select(Vector256.GreaterThan(left, right), value, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> WhereNotGreater(Vector256<T> left, Vector256<T> right, Vector256<T> value) => Vector256.AndNot(value, Vector256.GreaterThan(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> AddWhereEqual(Vector256<T> sum, Vector256<T> left, Vector256<T> right, Vector256<T> addend) => sum + (Vector256.Equals(left, right) & addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyWhereEqual(Vector256<T> product, Vector256<T> left, Vector256<T> right, Vector256<T> factor) =>
        product * Vector256.ConditionalSelect(Vector256.Equals(left, right), factor, One);

    // A set mask is the integer -1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> CountWhereEqual(Vector256<T> count, Vector256<T> left, Vector256<T> right) => typeof(T) == typeof(float)
        ? (count.AsInt32() - Vector256.Equals(left, right).AsInt32()).As<int, T>()
        : (count.AsInt64() - Vector256.Equals(left, right).AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Lookup(T* table, Vector256<T> index)
    {
        if (!Avx2.IsSupported) return Vector256.Create(Lanes128<T>.Lookup(table, index.GetLower()), Lanes128<T>.Lookup(table, index.GetUpper()));

        if (typeof(T) == typeof(float)) return Avx2.PermuteVar8x32(Vector256.Load((float*)table), index.AsInt32()).As<float, T>();

        // Only halves of doubles can be looked up: the lower ones and the upper ones, each from a table of eight.
        Vector256<float> first = Vector256.Load((float*)table), last = Vector256.Load((float*)table + 8);
        Vector256<float> lower = Avx2.Permute4x64(Avx.Shuffle(first, last, 0b10_00_10_00).AsDouble(), 0b11_01_10_00).AsSingle();
        Vector256<float> upper = Avx2.Permute4x64(Avx.Shuffle(first, last, 0b11_01_11_01).AsDouble(), 0b11_01_10_00).AsSingle();
        Vector256<int> entries = index.AsInt32(), ofUpper = Avx2.Shuffle(entries, 0b10_10_00_00);
        return Avx.Blend(Avx2.PermuteVar8x32(lower, entries), Avx2.PermuteVar8x32(upper, ofUpper), 0b10101010).As<float, T>();
    }

    public static Vector256<T> BitAnd(Vector256<T> left, Vector256<T> right) => left & right;

    public static Vector256<T> BitOr(Vector256<T> left, Vector256<T> right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> ShiftLeft(Vector256<T> value, int bits) => typeof(T) == typeof(float)
        ? (value.AsUInt32() << bits).As<uint, T>()
        : (value.AsUInt64() << bits).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> ShiftRight(Vector256<T> value, int bits) => typeof(T) == typeof(float)
        ? (value.AsUInt32() >> bits).As<uint, T>()
        : (value.AsUInt64() >> bits).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> AddInteger(Vector256<T> left, Vector256<T> right) => typeof(T) == typeof(float)
        ? (left.AsUInt32() + right.AsUInt32()).As<uint, T>()
        : (left.AsUInt64() + right.AsUInt64()).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LoadWidened(short* source)
    {
        Vector128<short> bits = Vector128.Load(source);
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32(bits).As<int, T>();
        (Vector128<int> lower, Vector128<int> upper) = Vector128.Widen(bits);
        return Vector256.Create(lower, upper).As<int, T>();
    }

    public static void StoreNarrowed(ushort* destination, Vector256<T> value) => Narrow(value).Store(destination);

    public static void StreamNarrowed(ushort* destination, Vector256<T> value) => Narrow(value).StoreAlignedNonTemporal(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Narrow(Vector256<T> value)
    {
        if (Sse41.IsSupported) return Sse41.PackUnsignedSaturate(value.GetLower().AsInt32(), value.GetUpper().AsInt32());
        Vector256<uint> bits = value.AsUInt32();
        return Vector128.Narrow(bits.GetLower(), bits.GetUpper());
    }

    // The compiler cannot know that a mask has all bits of a lane set or none; a blend needs but one of them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Select(Vector256<T> mask, Vector256<T> whenSet, Vector256<T> whenClear)
    {
        if (!Avx.IsSupported) return Vector256.ConditionalSelect(mask, whenSet, whenClear);
        return typeof(T) == typeof(float)
            ? Avx.BlendVariable(whenClear.AsSingle(), whenSet.AsSingle(), mask.AsSingle()).As<float, T>()
            : Avx.BlendVariable(whenClear.AsDouble(), whenSet.AsDouble(), mask.AsDouble()).As<double, T>();
    }
}
