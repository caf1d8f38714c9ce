using System.Diagnostics;
using BrainSegmentation.Measurement;
using DiceLoss.Bench.Measurement;
using DiceLoss.Bench.Rivals;
using DiceLoss.TorchSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench.Comparison;

/// <summary>One training step's loss, forward and backward, against the plain composition: time in turns, and peak memory beyond the logits.</summary>
internal static class ComparisonRun
{
    /// <summary>How often each is measured.</summary>
    public const int Rounds = 7;

    private static readonly long[][] s_shapes = [[2, 5, 96, 96, 96], [1, 16, 128, 128, 128], [1, 105, 96, 96, 96]];

    /// <summary>Measures one shape after the other.</summary>
    /// <returns>The rows, each as soon as it is measured.</returns>
    /// <exception cref="PlatformNotSupportedException">The system does not tell how much memory a process had.</exception>
    public static IEnumerable<ComparisonRow> Run()
    {
        set_num_threads(Environment.ProcessorCount);
        return s_shapes.Select(Measure);
    }

    private static ComparisonRow Measure(long[] shape)
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        // Logits that something has computed, as a network's are: the gradient then needs no second copy.
        Tensor parameter = zeros(1).requires_grad_();
        Tensor stored = randn(shape);
        Tensor labels = randint(shape[1], [shape[0], .. shape[2..]], dtype: ScalarType.Int64);

        List<Cost> fused = [], oneHot = [];
        for (int round = -1; round < Rounds; round++)
        {
            Cost fusedCost = Step(parameter, stored, labels, (x, y) => nn.functional.dice_loss(x, y));
            Cost oneHotCost = Step(parameter, stored, labels, OneHotDice.Loss);
            if (round < 0) continue; // the first touch of everything
            fused.Add(fusedCost);
            oneHot.Add(oneHotCost);
        }

        return new ComparisonRow(
            $"[{string.Join(", ", shape)}]",
            Median(fused, cost => cost.Milliseconds),
            Median(oneHot, cost => cost.Milliseconds),
            Median(fused, cost => cost.Bytes),
            Median(oneHot, cost => cost.Bytes),
            stored.numel() * sizeof(float));
    }

    private static Cost Step(Tensor parameter, Tensor stored, Tensor labels, Func<Tensor, Tensor, Tensor> loss)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = stored + parameter;
        TimeSpan time = default;
        long peak = ResidentMemory.PeakOf(() =>
        {
            long start = Stopwatch.GetTimestamp();
            loss(logits, labels).backward();
            time = Stopwatch.GetElapsedTime(start);
        }) ?? throw new PlatformNotSupportedException("The comparison reads peak memory from Linux's /proc/self, which is not to be had here.");
        return new Cost(time.TotalMilliseconds, peak);
    }

    private static T Median<T>(List<Cost> costs, Func<Cost, T> figure) => costs.Select(figure).Order().ElementAt(costs.Count / 2);

    private sealed record Cost(double Milliseconds, long Bytes);
}
