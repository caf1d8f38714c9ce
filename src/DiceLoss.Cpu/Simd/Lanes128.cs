using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Simd;

/// <summary>128-bit registers.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct Lanes128<T> : ILanes<Vector128<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => Vector128<T>.Count;

    public static Vector128<T> Zero => Vector128<T>.Zero;

    public static Vector128<T> One => Vector128<T>.One;

    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Constant(float single, double wide) => typeof(T) == typeof(float)
        ? Vector128.Create(single).As<float, T>()
        : Vector128.Create(wide).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> BroadcastBits(ulong bits) => typeof(T) == typeof(float)
        ? Vector128.Create((uint)bits).As<uint, T>()
        : Vector128.Create(bits).As<ulong, T>();

    public static Vector128<T> Load(T* source) => Vector128.Load(source);

    public static void Store(T* destination, Vector128<T> value) => value.Store(destination);

    public static void Stream(T* destination, Vector128<T> value) => value.StoreAlignedNonTemporal(destination);

    public static Vector128<T> Add(Vector128<T> left, Vector128<T> right) => left + right;

    public static Vector128<T> Subtract(Vector128<T> left, Vector128<T> right) => left - right;

    public static Vector128<T> Multiply(Vector128<T> left, Vector128<T> right) => left * right;

    public static Vector128<T> Divide(Vector128<T> left, Vector128<T> right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> left, Vector128<T> right, Vector128<T> addend) => typeof(T) == typeof(float)
        ? Vector128.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>()
        : Vector128.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MaxOrRight(Vector128<T> left, Vector128<T> right) => Vector128.MaxNative(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MinOrRight(Vector128<T> left, Vector128<T> right) => Vector128.MinNative(left, right);

    public static Vector128<T> Magnitude(Vector128<T> value) => Vector128.Abs(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> WhereEqual(Vector128<T> left, Vector128<T> right, Vector128<T> value) => Vector128.Equals(left, right) & value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> WhereEqual(Vector128<T> left, Vector128<T> right, Vector128<T> value, Vector128<T> otherwise) =>
        Select(Vector128.Equals(left, right), value, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> WhereNotEqual(Vector128<T> left, Vector128<T> right, Vector128<T> value) => Vector128.AndNot(value, Vector128.Equals(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> WhereGreater(Vector128<T> left, Vector128<T> right, Vector128<T> value, Vector128<T> otherwise) =>
        Select(Vector128.GreaterThan(left, right), value, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> WhereNotGreater(Vector128<T> left, Vector128<T> right, Vector128<T> value) => Vector128.AndNot(value, Vector128.GreaterThan(left, right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddWhereEqual(Vector128<T> sum, Vector128<T> left, Vector128<T> right, Vector128<T> addend) => sum + (Vector128.Equals(left, right) & addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyWhereEqual(Vector128<T> product, Vector128<T> left, Vector128<T> right, Vector128<T> factor) =>
        product * Vector128.ConditionalSelect(Vector128.Equals(left, right), factor, One);

    // A set mask is the integer -1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> CountWhereEqual(Vector128<T> count, Vector128<T> left, Vector128<T> right) => typeof(T) == typeof(float)
        ? (count.AsInt32() - Vector128.Equals(left, right).AsInt32()).As<int, T>()
        : (count.AsInt64() - Vector128.Equals(left, right).AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Lookup(T* table, Vector128<T> index)
    {
        if (typeof(T) == typeof(float))
        {
            Vector128<uint> entry = index.AsUInt32() & Vector128.Create(7u);
            float* singles = (float*)table;
            return Vector128.Create(singles[entry[0]], singles[entry[1]], singles[entry[2]], singles[entry[3]]).As<float, T>();
        }

        Vector128<ulong> place = index.AsUInt64() & Vector128.Create(7ul);
        double* doubles = (double*)table;
        return Vector128.Create(doubles[place[0]], doubles[place[1]]).As<double, T>();
    }

    public static Vector128<T> BitAnd(Vector128<T> left, Vector128<T> right) => left & right;

    public static Vector128<T> BitOr(Vector128<T> left, Vector128<T> right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ShiftLeft(Vector128<T> value, int bits) => typeof(T) == typeof(float)
        ? (value.AsUInt32() << bits).As<uint, T>()
        : (value.AsUInt64() << bits).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> ShiftRight(Vector128<T> value, int bits) => typeof(T) == typeof(float)
        ? (value.AsUInt32() >> bits).As<uint, T>()
        : (value.AsUInt64() >> bits).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AddInteger(Vector128<T> left, Vector128<T> right) => typeof(T) == typeof(float)
        ? (left.AsUInt32() + right.AsUInt32()).As<uint, T>()
        : (left.AsUInt64() + right.AsUInt64()).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> LoadWidened(short* source)
    {
        Vector128<short> bits = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(source)).AsInt16();
        return Vector128.WidenLower(bits).As<int, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreNarrowed(ushort* destination, Vector128<T> value)
    {
        Vector128<ushort> bits = Sse41.IsSupported
            ? Sse41.PackUnsignedSaturate(value.AsInt32(), value.AsInt32())
            : Vector128.Narrow(value.AsUInt32(), value.AsUInt32());
        Unsafe.WriteUnaligned(destination, bits.AsUInt64().ToScalar());
    }

    // Half of such a register is no store of its own.
    public static void StreamNarrowed(ushort* destination, Vector128<T> value) => StoreNarrowed(destination, value);

    // The compiler cannot know that a mask has all bits of a lane set or none; a blend needs but one of them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Select(Vector128<T> mask, Vector128<T> whenSet, Vector128<T> whenClear)
    {
        if (!Sse41.IsSupported) return Vector128.ConditionalSelect(mask, whenSet, whenClear);
        return typeof(T) == typeof(float)
            ? Sse41.BlendVariable(whenClear.AsSingle(), whenSet.AsSingle(), mask.AsSingle()).As<float, T>()
            : Sse41.BlendVariable(whenClear.AsDouble(), whenSet.AsDouble(), mask.AsDouble()).As<double, T>();
    }
}
