using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace DiceLoss.Bench.Benchmarks;

/// <summary>BenchmarkDotNet over this assembly: its jobs are the SIMD levels of the machine, its columns say what a time means.</summary>
internal static class BenchmarkRun
{
    /// <summary>Runs it.</summary>
    /// <param name="arguments">BenchmarkDotNet's own. <c>--job</c> sets the length of the job of every level, instead of adding one.</param>
    /// <returns>The exit code: 1 where a benchmark failed, 2 where the arguments name none.</returns>
    public static int Run(string[] arguments)
    {
        int job = Array.FindIndex(arguments, argument => argument is "--job" or "-j");
        string? length = job >= 0 && job + 1 < arguments.Length ? arguments[job + 1] : null;
        string[] others = length is null ? arguments : [.. arguments[..job], .. arguments[(job + 2)..]];

        ManualConfig config = ManualConfig.Create(DefaultConfig.Instance).AddJob(SimdJobs.OfLength(length).ToArray())
            .AddColumn(FigureColumn.All).WithArtifactsPath(Path.Combine("artifacts", "benchmarks"));
        Summary[] summaries = [.. BenchmarkSwitcher.FromTypes([typeof(LossBenchmarks)]).Run(others, config)];
        bool listsOnly = others.Intersect(["--list", "--help", "--info", "--version"]).Any();
        if (summaries.Length == 0) return listsOnly ? 0 : 2;
        return summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
    }
}
