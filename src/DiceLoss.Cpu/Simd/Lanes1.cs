using System.Numerics;
using System.Runtime.CompilerServices;

namespace DiceLoss.Cpu.Simd;

/// <summary>One element at a time.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct Lanes1<T> : ILanes<T, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count => 1;

    public static T Zero => T.Zero;

    public static T One => T.One;

    public static T Broadcast(T value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Constant(float single, double wide) =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(single) : Unsafe.BitCast<double, T>(wide);

    public static T BroadcastBits(ulong bits) => Number(bits);

    public static T Load(T* source) => *source;

    public static void Store(T* destination, T value) => *destination = value;

    public static void Stream(T* destination, T value) => *destination = value;

    public static T Add(T left, T right) => left + right;

    public static T Subtract(T left, T right) => left - right;

    public static T Multiply(T left, T right) => left * right;

    public static T Divide(T left, T right) => left / right;

    public static T MultiplyAdd(T left, T right, T addend) => T.FusedMultiplyAdd(left, right, addend);

    public static T MaxOrRight(T left, T right) => left > right ? left : right;

    public static T MinOrRight(T left, T right) => left < right ? left : right;

    public static T Magnitude(T value) => T.Abs(value);

    public static T WhereEqual(T left, T right, T value) => left == right ? value : T.Zero;

    public static T WhereEqual(T left, T right, T value, T otherwise) => left == right ? value : otherwise;

    public static T WhereNotEqual(T left, T right, T value) => left == right ? T.Zero : value;

    public static T WhereGreater(T left, T right, T value, T otherwise) => left > right ? value : otherwise;

    public static T WhereNotGreater(T left, T right, T value) => left > right ? T.Zero : value;

    public static T AddWhereEqual(T sum, T left, T right, T addend) => left == right ? sum + addend : sum;

    public static T MultiplyWhereEqual(T product, T left, T right, T factor) => left == right ? product * factor : product;

    public static T CountWhereEqual(T count, T left, T right) => left == right ? Number(Bits(count) + 1) : count;

    public static T Lookup(T* table, T index) => table[Bits(index) & 7];

    public static T BitAnd(T left, T right) => Number(Bits(left) & Bits(right));

    public static T BitOr(T left, T right) => Number(Bits(left) | Bits(right));

    public static T ShiftLeft(T value, int bits) => Number(Bits(value) << bits);

    public static T ShiftRight(T value, int bits) => Number(Bits(value) >> bits);

    public static T AddInteger(T left, T right) => Number(Bits(left) + Bits(right));

    public static T LoadWidened(short* source) => Number((uint)*source);

    public static void StoreNarrowed(ushort* destination, T value) => *destination = (ushort)Bits(value);

    public static void StreamNarrowed(ushort* destination, T value) => StoreNarrowed(destination, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(T value) =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<T, uint>(value) : Unsafe.BitCast<T, ulong>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Number(ulong bits) =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<uint, T>((uint)bits) : Unsafe.BitCast<ulong, T>(bits);
}
