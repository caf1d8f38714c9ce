using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using BrainSegmentation.Measurement;
using DiceLoss.Bench.Measurement;
using DiceLoss.Bench.Rivals;
using DiceLoss.TorchSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench;

/// <summary>One training step's loss, forward and backward, against the plain composition: time in turns, and peak memory beyond the logits.</summary>
internal static class Comparison
{
    private const int Rounds = 7;

    private static readonly long[][] s_shapes = [[2, 5, 96, 96, 96], [1, 16, 128, 128, 128], [1, 105, 96, 96, 96]];

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static void Run(string? jsonFile)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        set_num_threads(Environment.ProcessorCount);
        Console.WriteLine($"{Environment.ProcessorCount} threads, medians of {Rounds} rounds in turns; memory: peak resident set beyond what was there before the step");
        Console.WriteLine($"{"float32 logits, int64 labels",-30} {"fused ms",10} {"one-hot ms",11} {"speed-up",9} {"fused MiB",10} {"one-hot MiB",12} {"logits MiB",11}");

        List<Row> rows = [];
        foreach (long[] shape in s_shapes)
        {
            Row row = Measure(shape);
            rows.Add(row);
            Console.WriteLine(
                $"{row.Case,-30} {row.FusedMs,10:F1} {row.OneHotMs,11:F1} {row.OneHotMs / row.FusedMs,9:F1} "
                + $"{row.FusedMiB,10:F0} {row.OneHotMiB,12:F0} {row.LogitsMiB,11:F0}");
        }

        if (jsonFile is null) return;
        var record = new Record(
            Machine.Describe(),
            ShellCommand.Of("compare --json FILE"),
            DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            rows);
        File.WriteAllText(jsonFile, JsonSerializer.Serialize(record, s_indented) + Environment.NewLine);
    }

    private static Row Measure(long[] shape)
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

        return new Row(
            $"[{string.Join(", ", shape)}]",
            Median(fused, cost => cost.Milliseconds),
            Median(oneHot, cost => cost.Milliseconds),
            Median(fused, cost => cost.MiB),
            Median(oneHot, cost => cost.MiB),
            stored.numel() * sizeof(float) / 1048576.0);
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
        return new Cost(time.TotalMilliseconds, peak / 1048576.0);
    }

    private static double Median(List<Cost> costs, Func<Cost, double> figure) => costs.Select(figure).Order().ElementAt(costs.Count / 2);

    private sealed record Record(string Machine, string Command, string Date, IReadOnlyList<Row> Rows);

    private sealed record Cost(double Milliseconds, double MiB);

    private sealed record Row(string Case, double FusedMs, double OneHotMs, double FusedMiB, double OneHotMiB, double LogitsMiB);
}
