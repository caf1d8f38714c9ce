using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DiceLoss.Cpu.Operators;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// Reads the labels of a tile or a mask of a run: checks each and turns it into a lane of the type that is computed in, so that kernels need
/// to know no label type. One virtual call for each.
/// </summary>
internal abstract unsafe class LabelReader
{
    /// <summary>The reader for a label type and the size of the type that is computed in.</summary>
    public static LabelReader For(ElementType labels, int computeSize) => labels switch
    {
        ElementType.Int8 => For<sbyte>(computeSize),
        ElementType.UInt8 => For<byte>(computeSize),
        ElementType.Int16 => For<short>(computeSize),
        ElementType.Int32 => For<int>(computeSize),
        ElementType.Int64 => For<long>(computeSize),
        _ => throw new ArgumentOutOfRangeException(nameof(labels), labels, "No reader is made for it."),
    };

    /// <summary>Reads labels that lie next to each other.</summary>
    /// <param name="rule">Which labels are what.</param>
    /// <param name="source">The labels.</param>
    /// <param name="count">How many.</param>
    /// <param name="lanes">Where the classes or <see cref="LabelCode"/> go.</param>
    /// <param name="invalid">How many are neither a class nor ignored; they are not counted.</param>
    /// <param name="firstInvalid">The position of the first of those.</param>
    /// <returns>How many voxels count.</returns>
    public abstract int Read(in LabelRule rule, void* source, int count, void* lanes, out int invalid, out int firstInvalid);

    /// <summary>The value of one label.</summary>
    public abstract long Value(void* source, int index);

    private static LabelReader For<TLabel>(int computeSize)
        where TLabel : unmanaged, IBinaryInteger<TLabel>, IMinMaxValue<TLabel> =>
        computeSize == sizeof(float) ? Reader<TLabel, float>.Instance : Reader<TLabel, double>.Instance;

    private sealed class Reader<TLabel, T> : LabelReader
        where TLabel : unmanaged, IBinaryInteger<TLabel>, IMinMaxValue<TLabel>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public static readonly LabelReader Instance = new Reader<TLabel, T>();

        public override int Read(in LabelRule rule, void* source, int count, void* lanes, out int invalid, out int firstInvalid)
        {
            // The vector loops answer only whether all is well; which label is not, one by one.
            int whole = count & ~(Vector512<int>.Count - 1);
            int counted = whole;
            if (TryReadClasses(rule, (TLabel*)source, whole, (T*)lanes) || TryReadVectors(rule, (TLabel*)source, whole, (T*)lanes, out counted))
            {
                counted += ReadEach(rule, (TLabel*)source, whole, count, (T*)lanes, out invalid, out firstInvalid);
                return counted;
            }

            return ReadEach(rule, (TLabel*)source, 0, count, (T*)lanes, out invalid, out firstInvalid);
        }

        public override long Value(void* source, int index) => long.CreateTruncating(((TLabel*)source)[index]);

        // Every label a class, as in most tiles.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static bool TryReadClasses(in LabelRule rule, TLabel* source, int count, T* lanes)
        {
            if (rule.IgnoreLabel >= 0 && rule.IgnoreLabel < rule.Limit) return false;
            Vector512<int> first = Vector512.Create(rule.FirstLabel);
            Vector512<uint> largest = Vector512<uint>.Zero;
            Vector512<long> bits = Vector512<long>.Zero;
            for (int i = 0; i < count; i += Vector512<int>.Count)
            {
                Vector512<int> label = LoadTruncated(source + i, ref bits);
                largest = Vector512.Max(largest, label.AsUInt32());
                StoreConverted(label - first, lanes + i);
            }

            return Vector512.LessThanAll(largest, Vector512.Create((uint)rule.Limit))
                && Vector512.LessThanAll(bits.AsUInt64(), Vector512.Create(1UL << 31));
        }

        // Compares 32 bits, to which longer labels are clamped.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static bool TryReadVectors(in LabelRule rule, TLabel* source, int count, T* lanes, out int counted)
        {
            counted = 0;
            if (!rule.IgnoreFitsInt32) return false;
            Vector256<int> ignore = Vector256.Create((int)rule.IgnoreLabel);
            Vector256<uint> limit = Vector256.Create((uint)rule.Limit);
            Vector256<int> first = Vector256.Create(rule.FirstLabel);
            Vector256<int> notCounted = Vector256.Create(LabelCode.NotCounted);
            Vector256<int> allKnown = Vector256<int>.AllBitsSet;
            Vector256<int> ignoredLanes = Vector256<int>.Zero;
            for (int i = 0; i < count; i += Vector256<int>.Count)
            {
                Vector256<int> label = LoadClamped(source + i);
                Vector256<int> isIgnored = Vector256.Equals(label, ignore);
                allKnown &= isIgnored | Vector256.LessThan(label.AsUInt32(), limit).AsInt32();
                ignoredLanes += isIgnored;
                StoreConverted(Vector256.ConditionalSelect(isIgnored, notCounted, label - first), lanes + i);
            }

            counted = count + Vector256.Sum(ignoredLanes);
            return allKnown == Vector256<int>.AllBitsSet;
        }

        private static int ReadEach(in LabelRule rule, TLabel* source, int from, int to, T* lanes, out int invalid, out int firstInvalid)
        {
            invalid = 0;
            firstInvalid = -1;
            int counted = 0;
            for (int i = from; i < to; i++)
            {
                long label = long.CreateTruncating(source[i]);
                bool isIgnored = label == rule.IgnoreLabel;
                bool isKnown = label >= 0 && label < rule.Limit;
                if (!isIgnored && !isKnown && invalid++ == 0) firstInvalid = i;
                bool counts = isKnown && !isIgnored;
                if (counts) counted++;
                lanes[i] = T.CreateTruncating(counts ? label - rule.FirstLabel : LabelCode.NotCounted);
            }

            return counted;
        }

        // Eight labels as 32-bit integers. 64-bit ones are clamped to the ends of the range, which no rule takes for a class.
        private static Vector256<int> LoadClamped(TLabel* source) => typeof(TLabel) == typeof(long)
            ? Vector256.NarrowWithSaturation(Vector256.Load((long*)source), Vector256.Load((long*)source + 4))
            : Load32(source);

        // Sixteen labels as 32-bit integers. Of 64-bit ones the upper half is lost; what bits they have set is added to the others'.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<int> LoadTruncated(TLabel* source, ref Vector512<long> bits)
        {
            if (typeof(TLabel) == typeof(long))
            {
                Vector512<long> lower = Vector512.Load((long*)source), upper = Vector512.Load((long*)source + 8);
                bits |= lower | upper;
                if (Avx512F.IsSupported) return Avx512F.PermuteVar16x32x2(lower.AsInt32(), Vector512<int>.Indices + Vector512<int>.Indices, upper.AsInt32());
                return Vector512.Create(Vector256.Narrow(lower.GetLower(), lower.GetUpper()), Vector256.Narrow(upper.GetLower(), upper.GetUpper()));
            }

            if (typeof(TLabel) == typeof(int)) return Vector512.Load((int*)source);
            if (!Avx512F.IsSupported) return Vector512.Create(Load32(source), Load32(source + 8));
            if (typeof(TLabel) == typeof(short)) return Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source));
            if (typeof(TLabel) == typeof(sbyte)) return Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)source));
            return Avx512F.ConvertToVector512Int32(Vector128.Load((byte*)source));
        }

        // Labels of up to 32 bits.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<int> Load32(TLabel* source)
        {
            if (typeof(TLabel) == typeof(int)) return Vector256.Load((int*)source);
            if (typeof(TLabel) == typeof(short)) return Widen(Vector128.Load((short*)source));

            Vector128<byte> bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(source)).AsByte();
            if (typeof(TLabel) == typeof(sbyte)) return Avx2.IsSupported ? Avx2.ConvertToVector256Int32(bytes.AsSByte()) : Widen(Vector128.WidenLower(bytes.AsSByte()));
            return Avx2.IsSupported ? Avx2.ConvertToVector256Int32(bytes) : Widen(Vector128.WidenLower(bytes).AsInt16());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<int> Widen(Vector128<short> labels)
        {
            if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32(labels);
            (Vector128<int> lower, Vector128<int> upper) = Vector128.Widen(labels);
            return Vector256.Create(lower, upper);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void StoreConverted(Vector512<int> classes, T* lanes)
        {
            if (typeof(T) == typeof(float))
            {
                Vector512.ConvertToSingle(classes).Store((float*)lanes);
                return;
            }

            StoreConverted(classes.GetLower(), lanes);
            StoreConverted(classes.GetUpper(), lanes + Vector256<int>.Count);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void StoreConverted(Vector256<int> classes, T* lanes)
        {
            if (typeof(T) == typeof(float))
            {
                Vector256.ConvertToSingle(classes).Store((float*)lanes);
                return;
            }

            if (Avx.IsSupported)
            {
                Avx.ConvertToVector256Double(classes.GetLower()).Store((double*)lanes);
                Avx.ConvertToVector256Double(classes.GetUpper()).Store((double*)lanes + 4);
                return;
            }

            (Vector256<long> lower, Vector256<long> upper) = Vector256.Widen(classes);
            Vector256.ConvertToDouble(lower).Store((double*)lanes);
            Vector256.ConvertToDouble(upper).Store((double*)lanes + 4);
        }
    }
}
