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
    public static NumberReader For(ElementType numbers, int computeSize) => (numbers, computeSize) switch
    {
        (ElementType.Float32, sizeof(float)) => Reader<float, float, UnroundedElement<float>>.Instance,
        (ElementType.Float16, sizeof(float)) => Reader<Half, float, Float16Element>.Instance,
        (ElementType.BFloat16, sizeof(float)) => Reader<BFloat16, float, BFloat16Element>.Instance,
        (ElementType.Float64, sizeof(float)) => Reader<double, float, UnroundedElement<float>>.Instance,
        (ElementType.Float64, sizeof(double)) => Reader<double, double, UnroundedElement<double>>.Instance,
        (ElementType.Float32, sizeof(double)) => Reader<float, double, UnroundedElement<double>>.Instance,
        (ElementType.Float16, sizeof(double)) => Reader<Half, double, UnroundedElement<double>>.Instance,
        (ElementType.BFloat16, sizeof(double)) => Reader<BFloat16, double, UnroundedElement<double>>.Instance,
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

    private sealed class Reader<TStored, T, TElement> : NumberReader
        where TStored : unmanaged
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
    {
        public static readonly NumberReader Instance = new Reader<TStored, T, TElement>();

        public override int Read(in NumberRule rule, void* source, int count, void* lanes, out int invalid, out int firstInvalid)
        {
            // The vector loop answers only whether all is well; which number is not, one by one.
            int whole = TElement.Size == sizeof(TStored) ? count - (count % Vector256<T>.Count) : 0;
            if (TryReadVectors(rule, (byte*)source, whole, (T*)lanes)) return whole + ReadEach(rule, source, whole, count, (T*)lanes, out invalid, out firstInvalid);
            return ReadEach(rule, source, 0, count, (T*)lanes, out invalid, out firstInvalid);
        }

        public override double Number(void* source, int index) => At(source, index);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static bool TryReadVectors(in NumberRule rule, byte* source, int count, T* lanes)
        {
            Vector256<T> greatest = Vector256.Create(T.CreateSaturating(rule.Greatest)), ignore = Vector256.Create(T.CreateSaturating(rule.Ignore));
            Vector256<T> allCount = Vector256<T>.AllBitsSet;
            for (int i = 0; i < count; i += Vector256<T>.Count)
            {
                Vector256<T> number = TElement.Load<Lanes256<T>, Vector256<T>>(source + ((nint)i * TElement.Size));
                allCount &= Vector256.GreaterThanOrEqual(number, Vector256<T>.Zero) & Vector256.LessThanOrEqual(number, greatest);
                allCount = Vector256.AndNot(allCount, Vector256.Equals(number, ignore));
                number.Store(lanes + i);
            }

            return Vector256.EqualsAll(allCount.AsInt64(), Vector256<long>.AllBitsSet);
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
