using System.Diagnostics;
using BrainSegmentation.Measurement;
using DiceLoss.Bench.Inputs;
using DiceLoss.Bench.Measurement;
using DiceLoss.Cpu;

namespace DiceLoss.Bench.RealSize;

/// <summary>
/// The loss at the size of a real atlas, more elements than 32 bits can count: time, memory, and that loss and gradient are right.
/// </summary>
internal sealed unsafe class Inia19Run(AtlasLabels atlas, TextWriter output)
{
    /// <summary>The bound of docs/numerics.md on the loss of float32, float16 and bfloat16 logits.</summary>
    private const double LossBound = 1.0 / (1 << 22);

    /// <summary>The bound on the gradient, as a part of the largest one, before it is rounded to the type of the logits.</summary>
    private const double GradientBound = 2e-6;

    private const int CheckedVoxels = 4096;

    private readonly int _threads = Environment.ProcessorCount;
    private readonly SyntheticLogits _logits = new(atlas.Labels);
    private readonly long[] _shape = [1, atlas.Classes, atlas.Labels.Length];

    private long Elements => (long)atlas.Classes * atlas.Labels.Length;

    /// <summary>The most memory that it takes at once: bfloat16 logits and gradient, or float32 logits; and labels.</summary>
    public long Bytes => (4 * Elements) + (sizeof(short) * atlas.Labels.LongLength);

    /// <summary>Measures both ways to fit it into memory.</summary>
    /// <returns>Whether every loss and gradient is within its bound.</returns>
    public bool Run()
    {
        Print(
            $"INIA19: {atlas.Volume} = {atlas.Labels.Length:N0} voxels, {atlas.Classes} classes, {Elements:N0} elements "
            + $"({Elements / (double)(1L << 31):F2} x 2^31), {_threads} threads");
        bool separate = Measure<BFloat16>("bfloat16 logits, separate gradient", inPlace: false);
        bool inPlace = Measure<float>("float32 logits, gradient in place", inPlace: true);
        return separate && inPlace;
    }

    private bool Measure<T>(string title, bool inPlace)
        where T : unmanaged
    {
        Print($"\n{title}");
        WarmUp<T>(inPlace);
        using var logits = new NativeBuffer(Elements * sizeof(T));
        using NativeBuffer? separate = inPlace ? null : new NativeBuffer(logits.Bytes);
        NativeBuffer gradient = separate ?? logits;
        _logits.Fill((T*)logits.Start, atlas.Classes, _threads);
        separate?.Touch();
        var reference = StreamingReference.Of((T*)logits.Start, atlas.Labels, atlas.Classes, _threads);

        DiceResult? result = null;
        TimeSpan forward = default, backward = default;
        long? extra = ResidentMemory.PeakOf(() =>
        {
            forward = Timed(() => result = Forward<T>(logits));
            backward = Timed(() => Backward<T>(result!, logits, gradient));
        });

        double difference = Math.Abs(result!.Loss - reference.Loss);
        (double gradientError, bool gradientRight) = GradientError((T*)gradient.Start, reference);
        Print($"  loss                {result.Loss:R}");
        Print(
            $"  reference in double {reference.Loss:R}, difference {difference:0.0E+0}, bound 2^-22 = {LossBound:0.0E+0}: "
            + Verdict(difference <= LossBound));
        Print(
            $"  gradient            largest difference {gradientError:0.0E+0} of the largest gradient, at {CheckedVoxels} voxels; "
            + $"bound {GradientBound:0E+0}, and then rounding to {ElementTypes.Of<T>()}: {Verdict(gradientRight)}");
        Print($"  forward             {forward.TotalSeconds:F2} s, {forward.TotalNanoseconds / Elements:F2} ns per element");
        Print($"  backward            {backward.TotalSeconds:F2} s, {backward.TotalNanoseconds / Elements:F2} ns per element");
        Print(
            $"  memory              logits {AvailableMemory.Text(logits.Bytes)}, gradient {(inPlace ? "in place" : AvailableMemory.Text(gradient.Bytes))}; "
            + $"forward and backward took {Figures.Memory(extra)} beyond that at their peak");
        PrintOneHot(sizeof(T), logits.Bytes + (separate?.Bytes ?? 0));
        return difference <= LossBound && gradientRight;
    }

    // What OneHotDice holds at its peak; the benchmark `compare` measures just that at sizes that fit.
    private void PrintOneHot(int size, long ours) => Print(
        $"  softmax + one-hot   would take {AvailableMemory.Text(Elements * ((4.0 * size) + sizeof(long)))}, and this library {AvailableMemory.Text(ours)}: "
        + $"{Elements:N0} x ({size} logits + {size} softmax + 8 one-hot as int64 + {size} one-hot as numbers + {size} product) bytes");

    private DiceResult Forward<T>(NativeBuffer logits)
        where T : unmanaged
    {
        fixed (short* labels = atlas.Labels)
        {
            return Dice.Forward(Describe<T>(logits), DescribeLabels(labels), provider: CpuProvider.Shared);
        }
    }

    private void Backward<T>(DiceResult result, NativeBuffer logits, NativeBuffer gradient)
        where T : unmanaged
    {
        fixed (short* labels = atlas.Labels)
        {
            Dice.Backward(
                result, Describe<T>(logits), DescribeLabels(labels), upstream: default, Describe<T>(gradient), inPlace: gradient == logits, CpuProvider.Shared);
        }
    }

    private TensorDescriptor Describe<T>(NativeBuffer buffer)
        where T : unmanaged => new((nint)buffer.Start, Device.Cpu, ElementTypes.Of<T>(), _shape);

    private TensorDescriptor DescribeLabels(short* labels) => new((nint)labels, Device.Cpu, ElementType.Int16, new[] { 1L, atlas.Labels.Length });

    // Voxels from all over the volume, their logits made again: in place, the gradient lies where they were.
    private (double Largest, bool Right) GradientError<T>(T* gradient, StreamingReference reference)
        where T : unmanaged
    {
        int voxels = atlas.Labels.Length, count = Math.Min(CheckedVoxels, voxels);
        double[][] truth = new double[count][];
        for (int i = 0; i < count; i++)
        {
            long voxel = Voxel(i);
            truth[i] = [.. Enumerable.Range(0, atlas.Classes).Select(k => ElementValue.ToDouble(_logits.At<T>(k, voxel)))];
            reference.Gradient(truth[i], atlas.Labels[voxel]);
        }

        double scale = truth.Max(ofOne => ofOne.Max(Math.Abs)), largest = 0;
        bool right = true;
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < atlas.Classes; k++)
            {
                double error = Math.Abs(ElementValue.ToDouble(gradient[(k * (long)voxels) + Voxel(i)]) - truth[i][k]);
                largest = Math.Max(largest, error / scale);
                right &= error <= (GradientBound * scale) + (HalfStep<T>() * Math.Abs(truth[i][k]) * (1 + GradientBound));
            }
        }

        return (largest, right);

        long Voxel(int i) => (long)i * voxels / count;
    }

    // What rounding to the type changes at most, relatively; float32 is what the bound is for.
    private static double HalfStep<T>() => typeof(T) == typeof(BFloat16) ? 1.0 / (1 << 8) : 0;

    // A small volume of the same type and number of classes, until the compiler has done its work.
    private void WarmUp<T>(bool inPlace)
        where T : unmanaged
    {
        var shape = new ProblemShape(ElementTypes.Of<T>(), ElementType.Int16, [1, atlas.Classes, 4096]);
        using var small = new LossProblem(shape, _threads, inPlace);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(0.5)) small.Backward(small.Forward());
    }

    private static TimeSpan Timed(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed;
    }

    private static string Verdict(bool right) => right ? "within" : "NOT WITHIN";

    private void Print(string line) => output.WriteLine(line);
}
