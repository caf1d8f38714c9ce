using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using DiceLoss.Bench.Inputs;

namespace DiceLoss.Bench.Benchmarks;

/// <summary>A column that sets the mean time of a benchmark in relation to its problem, or to its floor.</summary>
/// <param name="name">The title.</param>
/// <param name="legend">What it says.</param>
/// <param name="figure">The figure, from the benchmark and its mean time in nanoseconds.</param>
internal sealed class FigureColumn(string name, string legend, Func<Summary, BenchmarkCase, double, double?> figure) : IColumn
{
    /// <summary>All of them.</summary>
    public static IColumn[] All { get; } =
    [
        new FigureColumn("ns/voxel", "Mean time per voxel of the batch", (_, one, mean) => mean / Problem(one).Voxels),
        new FigureColumn("GB/s", "10^9 bytes that have to be read or written, per second", (_, one, mean) => Bytes(one) / mean),
        new FigureColumn("Ratio to floor", "Mean time / mean time of reading (forward), of copying (backward), or of both", RatioToFloor),
    ];

    /// <inheritdoc/>
    public string Id => $"{nameof(FigureColumn)}.{name}";

    /// <inheritdoc/>
    public string ColumnName => name;

    /// <inheritdoc/>
    public bool AlwaysShow => true;

    /// <inheritdoc/>
    public ColumnCategory Category => ColumnCategory.Custom;

    /// <inheritdoc/>
    public int PriorityInCategory => Array.IndexOf(All, this);

    /// <inheritdoc/>
    public bool IsNumeric => true;

    /// <inheritdoc/>
    public UnitType UnitType => UnitType.Dimensionless;

    /// <inheritdoc/>
    public string Legend => legend;

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        Mean(summary, benchmarkCase) is { } mean && figure(summary, benchmarkCase, mean) is { } value
            ? value.ToString("F2", CultureInfo.InvariantCulture)
            : "-";

    /// <inheritdoc/>
    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    /// <inheritdoc/>
    public bool IsAvailable(Summary summary) => true;

    /// <inheritdoc/>
    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    private static string Method(BenchmarkCase one) => one.Descriptor.WorkloadMethod.Name;

    private static ProblemShape Problem(BenchmarkCase one) => (ProblemShape)one.Parameters[nameof(LossBenchmarks.Problem)];

    private static double? Mean(Summary summary, BenchmarkCase one) => summary[one]?.ResultStatistics?.Mean;

    private static double Bytes(BenchmarkCase one)
    {
        ProblemShape problem = Problem(one);
        long reading = problem.LogitBytes + problem.LabelBytes;
        return Method(one) switch
        {
            nameof(LossBenchmarks.Backward) => reading + problem.LogitBytes,
            nameof(LossBenchmarks.Both) => (2 * reading) + problem.LogitBytes,
            nameof(LossBenchmarks.CopyFloor) => 2 * problem.LogitBytes,
            _ => reading,
        };
    }

    private static double? RatioToFloor(Summary summary, BenchmarkCase one, double mean)
    {
        double? floor = Method(one) switch
        {
            nameof(LossBenchmarks.Forward) => Floor(nameof(LossBenchmarks.ReadFloor)),
            nameof(LossBenchmarks.Backward) => Floor(nameof(LossBenchmarks.CopyFloor)),
            nameof(LossBenchmarks.Both) => Floor(nameof(LossBenchmarks.ReadFloor)) + Floor(nameof(LossBenchmarks.CopyFloor)),
            _ => null,
        };
        return mean / floor;

        // The same problem in the same job; it is missing when a filter has left it out.
        double? Floor(string method) => summary.BenchmarksCases
            .Where(other => other.Job == one.Job && Problem(other).ToString() == Problem(one).ToString() && Method(other) == method)
            .Select(other => Mean(summary, other))
            .FirstOrDefault();
    }
}
