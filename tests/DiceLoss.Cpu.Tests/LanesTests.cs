using System.Runtime.Intrinsics;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Tests;

/// <summary>The internal mathematics at every register width: the bounds that its comments state, over the bit patterns.</summary>
public sealed unsafe class LanesTests
{
    public static TheoryData<SimdLevel> Levels() => new(CpuProvider.SupportedLevels);

    [Theory]
    [MemberData(nameof(Levels))]
    public void Exponential_Every811thNonNegativeFloat_IsWithinItsBound(SimdLevel level)
    {
        // From 0 to infinity, which is included; 811 is prime, so that all low bits occur.
        float[] x = [.. Patterns(0, 0x7F800000, 811).Select(BitConverter.UInt32BitsToSingle)];
        float[] y = LaneFunctions.Map(level, x, LaneFunction.Exponential);
        for (int i = 0; i < x.Length; i++) AssertUlpOrUnderflow(Math.Exp(-x[i]), y[i], 1.1, $"exp(-{x[i]:R})");
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Exponential_SpecialValues_AreExact(SimdLevel level)
    {
        float[] x = [0f, -0f, float.PositiveInfinity, float.NaN, float.MaxValue, 200, float.Epsilon, 1e-20f];
        float[] y = LaneFunctions.Map(level, x, LaneFunction.Exponential);
        Assert.Equal([1, 1, 0, float.NaN, 0, 0, 1, 1], y);
        double[] wide = MapDouble(level, [0.0, -0.0, double.PositiveInfinity, double.NaN, double.MaxValue, 800, double.Epsilon, 1e-20], LaneFunction.Exponential);
        Assert.Equal([1, 1, 0, double.NaN, 0, 0, 1, 1], wide);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Exponential_Double_IsWithinOneUlpOfTheTrueValue(SimdLevel level)
    {
        var random = new Random(1);
        double[] x = [.. Enumerable.Range(0, 400_000).Select(i => i % 4 == 0 ? random.NextDouble() : i % 4 == 1 ? 708.3 * random.NextDouble()
            : i % 4 == 2 ? 40 * random.NextDouble() : Math.Pow(2, -60 * random.NextDouble()))];
        double[] y = MapDouble(level, x, LaneFunction.Exponential);

        // Math.Exp is itself up to one unit off, hence two.
        for (int i = 0; i < x.Length; i++)
        {
            long distance = Math.Abs(BitConverter.DoubleToInt64Bits(y[i]) - BitConverter.DoubleToInt64Bits(Math.Exp(-x[i])));
            Assert.True(distance <= 2, $"exp(-{x[i]:R}) is {y[i]:R}, {distance} units from {Math.Exp(-x[i]):R}");
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Logarithm_Every1009thPositiveFloat_IsWithinItsBound(SimdLevel level)
    {
        // Of the normal numbers; and all of the neighbourhood of 1, where the result is small.
        float[] x = [.. Patterns(0x00800000, 0x7F7FFFFF, 1009).Concat(Patterns(0x3F7FF000, 0x3F801000, 1)).Select(BitConverter.UInt32BitsToSingle)];
        float[] y = LaneFunctions.Map(level, x, LaneFunction.Logarithm);
        for (int i = 0; i < x.Length; i++)
        {
            double truth = Math.Log(x[i]), ulp = Math.Pow(2, Math.Floor(Math.Log2(Math.Max(Math.Abs(truth), 0.125))) - 23);
            Assert.True(Math.Abs(y[i] - truth) <= 1.5 * ulp, $"log({x[i]:R}) is {y[i]:R}, {(y[i] - truth) / ulp:F3} units from {truth:R}");
        }

        Assert.Equal([0, float.NaN], LaneFunctions.Map(level, [1, float.NaN], LaneFunction.Logarithm));
        Assert.All(LaneFunctions.Map(level, [0, float.Epsilon, 1e-39f], LaneFunction.Logarithm), value => Assert.InRange(value, -88.4f, -87.3f));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Logarithm_Double_IsWithinItsBound(SimdLevel level)
    {
        var random = new Random(1);
        double[] x = [.. Enumerable.Range(0, 400_000).Select(i => i % 2 == 0 ? Math.Pow(2, (random.NextDouble() * 2044) - 1022) : 0.5 + (1.5 * random.NextDouble()))];
        double[] y = MapDouble(level, x, LaneFunction.Logarithm);

        // Math.Log is itself up to one unit off.
        for (int i = 0; i < x.Length; i++)
        {
            double truth = Math.Log(x[i]), ulp = Math.Pow(2, Math.Floor(Math.Log2(Math.Max(Math.Abs(truth), 0.125))) - 52);
            Assert.True(Math.Abs(y[i] - truth) <= 2.5 * ulp, $"log({x[i]:R}) is {y[i]:R}, {(y[i] - truth) / ulp:F3} units from {truth:R}");
        }

        Assert.Equal([0, double.NaN], MapDouble(level, [1, double.NaN], LaneFunction.Logarithm));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Focus_Every10007thProbability_IsWithinItsBound(SimdLevel level)
    {
        float[] q = [.. Patterns(0, 0x3F800000, 10007).Concat(Patterns(0x3C7FF000, 0x3C801000, 1)).Select(BitConverter.UInt32BitsToSingle)];
        foreach (float gamma in new[] { 0, 0.5f, 1, 2, 5 })
        {
            float[] power = MapFocus(level, q, gamma, ofGradient: false), factor = MapFocus(level, q, gamma, ofGradient: true);
            double bound = (1 + gamma) * Math.Pow(2, -22);
            for (int i = 0; i < q.Length; i++)
            {
                double p = 1 - (double)q[i], expected = Math.Pow(q[i], gamma), ratio = q[i] == 0 ? 1 : p == 0 ? 0 : -Math.Log(p) / q[i];
                Assert.True(Math.Abs(power[i] - expected) <= bound, $"{q[i]:R}^{gamma} is {power[i]:R}, not {expected:R}");
                expected *= 1 + (gamma * p * ratio);
                Assert.True(Math.Abs(factor[i] - expected) <= bound, $"The factor at {q[i]:R}, {gamma} is {factor[i]:R}, not {expected:R}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Logistic_Every1613thFloat_IsWithinFiveUlp(SimdLevel level)
    {
        float[] x = [.. Patterns(0, 0x7F800000, 1613).Concat(Patterns(0x80000000, 0xFF800000, 1613)).Select(BitConverter.UInt32BitsToSingle)];
        float[] sigmoid = LaneFunctions.Map(level, x, LaneFunction.Sigmoid), complement = LaneFunctions.Map(level, x, LaneFunction.Complement);
        for (int i = 0; i < x.Length; i++)
        {
            double z = Math.Exp(-Math.Abs((double)x[i])), larger = 1 / (1 + z), smaller = z / (1 + z);
            AssertUlpOrUnderflow(x[i] >= 0 ? larger : smaller, sigmoid[i], 5, $"sigmoid({x[i]:R})");
            AssertUlpOrUnderflow(x[i] >= 0 ? smaller : larger, complement[i], 5, $"sigmoid(-({x[i]:R}))");
        }

        Assert.True(float.IsNaN(LaneFunctions.Map(level, [float.NaN], LaneFunction.Sigmoid)[0]));
        Assert.True(float.IsNaN(LaneFunctions.Map(level, [float.NaN], LaneFunction.Complement)[0]));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Load_EverySixteenBitPattern_IsExact(SimdLevel level)
    {
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] halves = Load<Float16Element>(level, bits), brains = Load<BFloat16Element>(level, bits);
        for (int i = 0; i < bits.Length; i++)
        {
            AssertSame((float)BitConverter.UInt16BitsToHalf(bits[i]), halves[i], $"half {i:X4}");
            AssertSame(BitConverter.UInt32BitsToSingle((uint)i << 16), brains[i], $"bfloat16 {i:X4}");
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Store_FloatsOfEverySize_RoundToNearestEven(SimdLevel level)
    {
        // A stride over all patterns, every 16-bit number, and all middles between two of them with their neighbours.
        List<uint> patterns = [.. Patterns(0, uint.MaxValue, 4093)];
        for (uint i = 0; i <= ushort.MaxValue; i++)
        {
            uint half = BitConverter.SingleToUInt32Bits((float)BitConverter.UInt16BitsToHalf((ushort)i));
            patterns.AddRange([half, half + 0x0FFF, half + 0x1000, half + 0x1001, (i << 16) + 0x7FFF, (i << 16) + 0x8000, (i << 16) + 0x8001]);
        }

        for (uint quarter = 0; quarter < 4096; quarter++)
        {
            // Subnormal halves: multiples of a quarter of the smallest one, and neighbours.
            uint bits = BitConverter.SingleToUInt32Bits(quarter * (float)Math.Pow(2, -26));
            patterns.AddRange([bits, bits + 1, bits - 1, bits | 0x80000000]);
        }

        float[] values = [.. patterns.Select(BitConverter.UInt32BitsToSingle)];
        ushort[] halves = Store<Float16Element>(level, values), brains = Store<BFloat16Element>(level, values);
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
            {
                Assert.True(Half.IsNaN(BitConverter.UInt16BitsToHalf(halves[i])), $"half of NaN {patterns[i]:X8}");
                Assert.True(float.IsNaN(new BFloat16(brains[i]).ToSingle()), $"bfloat16 of NaN {patterns[i]:X8}");
                continue;
            }

            Assert.True(BitConverter.HalfToUInt16Bits((Half)values[i]) == halves[i], $"half of {values[i]:R} is {halves[i]:X4}");
            Assert.True(BFloat16.FromSingle(values[i]).Bits == brains[i], $"bfloat16 of {values[i]:R} is {brains[i]:X4}");
        }
    }

    private static IEnumerable<uint> Patterns(uint first, uint last, uint step)
    {
        for (ulong bits = first; bits < last; bits += step) yield return (uint)bits;
        yield return last;
    }

    // In units of the last place of the true value; below the smallest normal number, from 0 to it.
    private static void AssertUlpOrUnderflow(double expected, float actual, double bound, string what)
    {
        double smallest = Math.Pow(2, -126);
        if (expected < smallest)
        {
            Assert.True(actual >= 0 && actual <= smallest && (actual == 0 || expected > smallest / 2), $"{what} is {actual:R}, not {expected:R}");
            return;
        }

        double ulp = Math.Pow(2, Math.Floor(Math.Log2(expected)) - 23);
        if (!(Math.Abs(actual - expected) <= bound * ulp)) Assert.Fail($"{what} is {actual:R}, {(actual - expected) / ulp:F3} units from {expected:R}");
    }

    private static void AssertSame(float expected, float actual, string what)
    {
        bool same = BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(actual) || (float.IsNaN(expected) && float.IsNaN(actual));
        Assert.True(same, $"{what} is {actual:R}, not {expected:R}");
    }

    private static float[] MapFocus(SimdLevel level, float[] q, float gamma, bool ofGradient) => level switch
    {
        SimdLevel.Scalar => MapFocus<Lanes1<float>, float>(q, gamma, ofGradient),
        SimdLevel.Vector128 => MapFocus<Lanes128<float>, Vector128<float>>(q, gamma, ofGradient),
        SimdLevel.Vector256 => MapFocus<Lanes256<float>, Vector256<float>>(q, gamma, ofGradient),
        _ => MapFocus<Lanes512<float>, Vector512<float>>(q, gamma, ofGradient),
    };

    private static float[] MapFocus<TLanes, TVector>(float[] q, float gamma, bool ofGradient)
        where TLanes : ILanes<TVector, float>
    {
        float[] padded = [.. q, .. new float[16]];
        float[] y = new float[padded.Length];
        fixed (float* source = padded, destination = y)
        {
            for (int i = 0; i < q.Length; i += TLanes.Count)
            {
                TVector rest = TLanes.Load(source + i);
                TLanes.Store(destination + i, ofGradient
                    ? Focus.OfGradient<TLanes, TVector, float>(TLanes.Subtract(TLanes.One, rest), rest, gamma)
                    : Focus.Power<TLanes, TVector, float>(rest, gamma));
            }
        }

        return y[..q.Length];
    }

    private static double[] MapDouble(SimdLevel level, double[] x, LaneFunction function) => level switch
    {
        SimdLevel.Scalar => MapDouble<Lanes1<double>, double>(x, function),
        SimdLevel.Vector128 => MapDouble<Lanes128<double>, Vector128<double>>(x, function),
        SimdLevel.Vector256 => MapDouble<Lanes256<double>, Vector256<double>>(x, function),
        _ => MapDouble<Lanes512<double>, Vector512<double>>(x, function),
    };

    private static double[] MapDouble<TLanes, TVector>(double[] x, LaneFunction function)
        where TLanes : ILanes<TVector, double>
    {
        double[] padded = [.. x, .. new double[8]];
        double[] y = new double[padded.Length];
        fixed (double* source = padded, destination = y)
        {
            for (int i = 0; i < x.Length; i += TLanes.Count)
            {
                TVector value = TLanes.Load(source + i);
                TLanes.Store(destination + i, function == LaneFunction.Exponential
                    ? Exponential.OfNegated<TLanes, TVector, double>(value)
                    : Logarithm.OfPositive<TLanes, TVector, double>(value));
            }
        }

        return y[..x.Length];
    }

    private static float[] Load<TElement>(SimdLevel level, ushort[] bits)
        where TElement : IElement<float> => level switch
        {
            SimdLevel.Scalar => Load<TElement, Lanes1<float>, float>(bits),
            SimdLevel.Vector128 => Load<TElement, Lanes128<float>, Vector128<float>>(bits),
            SimdLevel.Vector256 => Load<TElement, Lanes256<float>, Vector256<float>>(bits),
            _ => Load<TElement, Lanes512<float>, Vector512<float>>(bits),
        };

    private static float[] Load<TElement, TLanes, TVector>(ushort[] bits)
        where TElement : IElement<float>
        where TLanes : ILanes<TVector, float>
    {
        float[] y = new float[bits.Length];
        fixed (ushort* source = bits)
        fixed (float* destination = y)
        {
            for (int i = 0; i < bits.Length; i += TLanes.Count) TLanes.Store(destination + i, TElement.Load<TLanes, TVector>((byte*)(source + i)));
        }

        return y;
    }

    private static ushort[] Store<TElement>(SimdLevel level, float[] values)
        where TElement : IElement<float> => level switch
        {
            SimdLevel.Scalar => Store<TElement, Lanes1<float>, float>(values),
            SimdLevel.Vector128 => Store<TElement, Lanes128<float>, Vector128<float>>(values),
            SimdLevel.Vector256 => Store<TElement, Lanes256<float>, Vector256<float>>(values),
            _ => Store<TElement, Lanes512<float>, Vector512<float>>(values),
        };

    private static ushort[] Store<TElement, TLanes, TVector>(float[] values)
        where TElement : IElement<float>
        where TLanes : ILanes<TVector, float>
    {
        float[] padded = [.. values, .. new float[16]];
        ushort[] bits = new ushort[padded.Length];
        fixed (float* source = padded)
        fixed (ushort* destination = bits)
        {
            for (int i = 0; i < values.Length; i += TLanes.Count) TElement.Store<TLanes, TVector>((byte*)(destination + i), TLanes.Load(source + i));
        }

        return bits[..values.Length];
    }
}
