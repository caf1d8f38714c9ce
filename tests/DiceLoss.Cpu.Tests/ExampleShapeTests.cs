using System.Runtime.InteropServices;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>A batch of the size that people train with, once, sample by sample against the reference.</summary>
public sealed unsafe class ExampleShapeTests
{
    private const int Samples = 8, Channels = 5, Voxels = 100 * 100 * 100;
    private static readonly long[] s_shape = [Samples, Channels, 100, 100, 100];
    private static readonly long[] s_labelsShape = [Samples, 100, 100, 100];

    [Fact]
    public void ForwardBackward_EightVolumesOfAMillionVoxels_AgreesWithReference()
    {
        const long Elements = (long)Samples * Channels * Voxels;
        float* logits = (float*)NativeMemory.Alloc((nuint)Elements, sizeof(float));
        float* gradient = (float*)NativeMemory.Alloc((nuint)Elements, sizeof(float));
        long* labels = (long*)NativeMemory.Alloc((nuint)Samples * Voxels, sizeof(long));
        try
        {
            Parallel.For(0, Samples, n => Fill(n, new Span<float>(logits + ((long)n * Channels * Voxels), Channels * Voxels), new Span<long>(labels + ((long)n * Voxels), Voxels)));
            var x = new TensorDescriptor((nint)logits, Device.Cpu, ElementType.Float32, s_shape);
            var y = new TensorDescriptor((nint)labels, Device.Cpu, ElementType.Int64, s_labelsShape);
            DiceResult result = Dice.Forward(x, y, null, CpuProvider.Shared);
            Dice.Backward(result, x, y, default, new TensorDescriptor((nint)gradient, Device.Cpu, ElementType.Float32, s_shape), provider: CpuProvider.Shared);

            var sums = new ReferenceSums[Samples];
            Parallel.For(0, Samples, n => sums[n] = Reference.Sums(
                Channels, Widened(logits + ((long)n * Channels * Voxels)), new Span<long>(labels + ((long)n * Voxels), Voxels), DiceOptions.Default));
            ReferenceResult truth = Reference.Evaluate(sums, Channels, DiceOptions.Default);
            ErrorRule.Losses(truth.Losses, result.Losses, null, ElementType.Float32, 1, "loss");

            // Both halves of the judgement of each sample in one piece of memory after the other.
            Parallel.For(0, Samples, new ParallelOptions { MaxDegreeOfParallelism = 2 }, n =>
            {
                double[] expected = new double[Channels * Voxels];
                double[] wide = Widened(logits + ((long)n * Channels * Voxels));
                Reference.Gradient(
                    Channels, wide, new Span<long>(labels + ((long)n * Voxels), Voxels), DiceOptions.Default,
                    truth.ByIntersection[n], truth.ByPredictionMass[n], 1, expected);
                double largest = expected.Max(Math.Abs);
                ErrorRule.Gradient(expected, Widened(gradient + ((long)n * Channels * Voxels)), null, ElementType.Float32, largest, $"sample {n}");
            });
        }
        finally
        {
            NativeMemory.Free(logits);
            NativeMemory.Free(gradient);
            NativeMemory.Free(labels);
        }
    }

    private static void Fill(int sample, Span<float> logits, Span<long> labels)
    {
        // Splitmix64: cheap, and the same on every machine.
        ulong state = (ulong)sample;
        for (int v = 0; v < labels.Length; v++) labels[v] = Next(ref state) % 20 == 0 ? -1 : (long)(Next(ref state) % Channels);
        for (int i = 0; i < logits.Length; i++) logits[i] = ((Next(ref state) >> 40) / (float)(1 << 24) * 8) - 4 + (labels[i % Voxels] == i / Voxels ? 2 : 0);
    }

    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static double[] Widened(float* values)
    {
        double[] wide = new double[Channels * Voxels];
        for (int i = 0; i < wide.Length; i++) wide[i] = values[i];
        return wide;
    }
}
