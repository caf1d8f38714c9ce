using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Simd;

/// <summary>512-bit registers.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct Lanes512<T> : ILanes<Vector512<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => Vector512<T>.Count;

    public static Vector512<T> Zero => Vector512<T>.Zero;

    public static Vector512<T> One => Vector512<T>.One;

    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Constant(float single, double wide) => typeof(T) == typeof(float)
        ? Vector512.Create(single).As<float, T>()
        : Vector512.Create(wide).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> BroadcastBits(ulong bits) => typeof(T) == typeof(float)
        ? Vector512.Create((uint)bits).As<uint, T>()
        : Vector512.Create(bits).As<ulong, T>();

    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    public static void Store(T* destination, Vector512<T> value) => value.Store(destination);

    public static void Stream(T* destination, Vector512<T> value) => value.StoreAlignedNonTemporal(destination);

    public static Vector512<T> Add(Vector512<T> left, Vector512<T> right) => left + right;

    public static Vector512<T> Subtract(Vector512<T> left, Vector512<T> right) => left - right;

    public static Vector512<T> Multiply(Vector512<T> left, Vector512<T> right) => left * right;

    public static Vector512<T> Divide(Vector512<T> left, Vector512<T> right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> left, Vector512<T> right, Vector512<T> addend) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MaxOrRight(Vector512<T> left, Vector512<T> right) => Vector512.MaxNative(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MinOrRight(Vector512<T> left, Vector512<T> right) => Vector512.MinNative(left, right);

    public static Vector512<T> Magnitude(Vector512<T> value) => Vector512.Abs(value);

    // Written as one expression, so that the comparison stays in a mask register.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> WhereEqual(Vector512<T> left, Vector512<T> right, Vector512<T> value) =>
        Vector512.ConditionalSelect(Vector512.Equals(left, right), value, Vector512<T>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> WhereEqual(Vector512<T> left, Vector512<T> right, Vector512<T> value, Vector512<T> otherwise) =>
        Vector512.ConditionalSelect(Vector512.Equals(left, right), value, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> WhereNotEqual(Vector512<T> left, Vector512<T> right, Vector512<T> value) =>
        Vector512.ConditionalSelect(Vector512.Equals(left, right), Vector512<T>.Zero, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> WhereGreater(Vector512<T> left, Vector512<T> right, Vector512<T> value, Vector512<T> otherwise) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(left, right), value, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> WhereNotGreater(Vector512<T> left, Vector512<T> right, Vector512<T> value) => typeof(T) == typeof(float)
        ? Vector512.ConditionalSelect(Avx512F.CompareNotGreaterThan(left.AsSingle(), right.AsSingle()), value.AsSingle(), Vector512<float>.Zero).As<float, T>()
        : Vector512.ConditionalSelect(Avx512F.CompareNotGreaterThan(left.AsDouble(), right.AsDouble()), value.AsDouble(), Vector512<double>.Zero).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> AddWhereEqual(Vector512<T> sum, Vector512<T> left, Vector512<T> right, Vector512<T> addend) =>
        Vector512.ConditionalSelect(Vector512.Equals(left, right), sum + addend, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyWhereEqual(Vector512<T> product, Vector512<T> left, Vector512<T> right, Vector512<T> factor) =>
        Vector512.ConditionalSelect(Vector512.Equals(left, right), product * factor, product);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> CountWhereEqual(Vector512<T> count, Vector512<T> left, Vector512<T> right) => typeof(T) == typeof(float)
        ? Vector512.ConditionalSelect(Vector512.Equals(left, right).AsInt32(), count.AsInt32() + Vector512<int>.One, count.AsInt32()).As<int, T>()
        : Vector512.ConditionalSelect(Vector512.Equals(left, right).AsInt64(), count.AsInt64() + Vector512<long>.One, count.AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Lookup(T* table, Vector512<T> index) => typeof(T) == typeof(float)
        ? Avx512F.PermuteVar16x32(Vector512.Load((float*)table), index.AsInt32()).As<float, T>()
        : Avx512F.PermuteVar8x64(Vector512.Load((double*)table), index.AsInt64()).As<double, T>();

    public static Vector512<T> BitAnd(Vector512<T> left, Vector512<T> right) => left & right;

    public static Vector512<T> BitOr(Vector512<T> left, Vector512<T> right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ShiftLeft(Vector512<T> value, int bits) => typeof(T) == typeof(float)
        ? (value.AsUInt32() << bits).As<uint, T>()
        : (value.AsUInt64() << bits).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ShiftRight(Vector512<T> value, int bits) => typeof(T) == typeof(float)
        ? (value.AsUInt32() >> bits).As<uint, T>()
        : (value.AsUInt64() >> bits).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> AddInteger(Vector512<T> left, Vector512<T> right) => typeof(T) == typeof(float)
        ? (left.AsUInt32() + right.AsUInt32()).As<uint, T>()
        : (left.AsUInt64() + right.AsUInt64()).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadWidened(short* source)
    {
        Vector256<short> bits = Vector256.Load(source);
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512Int32(bits).As<int, T>();
        (Vector256<int> lower, Vector256<int> upper) = Vector256.Widen(bits);
        return Vector512.Create(lower, upper).As<int, T>();
    }

    public static void StoreNarrowed(ushort* destination, Vector512<T> value) => Narrow(value).Store(destination);

    public static void StreamNarrowed(ushort* destination, Vector512<T> value) => Narrow(value).StoreAlignedNonTemporal(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(Vector512<T> value)
    {
        Vector512<uint> bits = value.AsUInt32();
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector256UInt16(bits);
        return Vector256.Narrow(bits.GetLower(), bits.GetUpper());
    }
}
