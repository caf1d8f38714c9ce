using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// Reads the weights of a tile or a soft target of a run: checks each and converts it to the type that is computed in, as
/// <see cref="LabelReader"/> does with integers.
/// </summary>
internal abstract unsafe class NumberReader
{
    /// <summary>The reader for a stored type and the size of the type that is computed in.</summary>
    public static NumberReader For(ElementType numbers, int computeSize) => numbers switch
    {
        ElementType.Float32 => For<float>(computeSize),
        ElementType.Float64 => For<double>(computeSize),
        ElementType.Float16 => For<Half>(computeSize),
        ElementType.BFloat16 => For<BFloat16>(computeSize),
        _ => throw new ArgumentOutOfRangeException(nameof(numbers), numbers, "No reader is made for it."),
    };

    /// <summary>Reads numbers that lie next to each other.</summary>
    /// <param name="rule">Which numbers are what.</param>
    /// <param name="source">The numbers.</param>
    /// <param name="count">How many.</param>
    /// <param name="lanes">Where they go; <see cref="LabelCode.NotCounted"/> for those that do not count.</param>
    /// <param name="invalid">How many are neither in range nor ignored; they do not count.</param>
    /// <param name="firstInvalid">The position of the first of those.</param>
    /// <returns>How many count.</returns>
    public abstract int Read(in NumberRule rule, void* source, int count, void* lanes, out int invalid, out int firstInvalid);

    /// <summary>One number.</summary>
    public abstract double Number(void* source, int index);

    private static NumberReader For<TStored>(int computeSize)
        where TStored : unmanaged
    {
        if (computeSize == sizeof(double)) return Reader<TStored, double, double>.Instance;
        return sizeof(TStored) > computeSize ? Reader<TStored, float, double>.Instance : Reader<TStored, float, float>.Instance;
    }

    // A number is checked in TWide, the wider of the type that it is stored in and that which is computed in.
    private sealed class Reader<TStored, T, TWide> : NumberReader
        where TStored : unmanaged
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TWide : unmanaged, IBinaryFloatingPointIeee754<TWide>
    {
        public static readonly NumberReader Instance = new Reader<TStored, T, TWide>();

        public override int Read(in NumberRule rule, void* source, int count, void* lanes, out int invalid, out int firstInvalid)
        {
            // The vector loop answers only whether all is well; which number is not, one by one.
            int whole = count - (count % Vector256<TWide>.Count);
            if (TryReadVectors(rule, (TStored*)source, whole, (T*)lanes)) return whole + ReadEach(rule, source, whole, count, (T*)lanes, out invalid, out firstInvalid);
            return ReadEach(rule, source, 0, count, (T*)lanes, out invalid, out firstInvalid);
        }

        public override double Number(void* source, int index) => At(source, index);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static bool TryReadVectors(in NumberRule rule, TStored* source, int count, T* lanes)
        {
            Vector256<TWide> greatest = Vector256.Create(TWide.CreateSaturating(rule.Greatest)), ignore = Vector256.Create(TWide.CreateSaturating(rule.Ignore));
            Vector256<TWide> allCount = Vector256<TWide>.AllBitsSet;
            for (int i = 0; i < count; i += Vector256<TWide>.Count)
            {
                Vector256<TWide> number = Load(source + i);
                allCount &= Vector256.GreaterThanOrEqual(number, Vector256<TWide>.Zero) & Vector256.LessThanOrEqual(number, greatest);
                allCount = Vector256.AndNot(allCount, Vector256.Equals(number, ignore));
                Store(number, lanes + i);
            }

            return Vector256.EqualsAll(allCount.AsInt64(), Vector256<long>.AllBitsSet);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<TWide> Load(TStored* source)
        {
            if (typeof(TStored) == typeof(TWide)) return Vector256.Load((TWide*)source);
            if (typeof(TWide) == typeof(float)) return LoadSingle<Lanes256<float>, Vector256<float>>(source).As<float, TWide>();
            return Vector256.WidenLower(LoadSingle<Lanes128<float>, Vector128<float>>(source).ToVector256Unsafe()).As<double, TWide>();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(Vector256<TWide> number, T* lanes)
        {
            if (typeof(TWide) == typeof(T)) number.Store((TWide*)lanes);
            else Vector128.Narrow(number.GetLower().AsDouble(), number.GetUpper().AsDouble()).Store((float*)lanes);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TVector LoadSingle<TLanes, TVector>(TStored* source)
            where TLanes : ILanes<TVector, float>
        {
            if (typeof(TStored) == typeof(float)) return TLanes.Load((float*)source);
            if (typeof(TStored) == typeof(Half)) return Float16Element.Load<TLanes, TVector>((byte*)source);
            return BFloat16Element.Load<TLanes, TVector>((byte*)source);
        }

        private static int ReadEach(in NumberRule rule, void* source, int from, int to, T* lanes, out int invalid, out int firstInvalid)
        {
            invalid = 0;
            firstInvalid = -1;
            int counted = 0;
            for (int i = from; i < to; i++)
            {
                double number = At(source, i);
                bool isIgnored = number == rule.Ignore;
                bool isKnown = number >= 0 && number <= rule.Greatest;
                if (!isIgnored && !isKnown && invalid++ == 0) firstInvalid = i;
                bool counts = isKnown && !isIgnored;
                if (counts) counted++;
                lanes[i] = counts ? T.CreateSaturating(number) : T.CreateSaturating(LabelCode.NotCounted);
            }

            return counted;
        }

        private static double At(void* source, int index)
        {
            if (typeof(TStored) == typeof(float)) return ((float*)source)[index];
            if (typeof(TStored) == typeof(double)) return ((double*)source)[index];
            if (typeof(TStored) == typeof(Half)) return (double)((Half*)source)[index];
            return ((BFloat16*)source)[index].ToSingle();
        }
    }
}
