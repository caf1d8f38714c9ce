using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cuda.Runtime;
using Xunit.Sdk;

namespace DiceLoss.Cuda.Conformance;

/// <summary>Runs checks, several at once, and prints what has not passed.</summary>
/// <param name="newSession">Makes a session for each of those that run beside each other.</param>
/// <param name="output">Where to print.</param>
internal sealed class Runner(Func<Session> newSession, TextWriter output)
{
    private const string SkipMark = "$XunitDynamicSkip$"; // xunit's own

    private readonly ConcurrentBag<Session> _idle = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private int _passed, _failed, _skipped, _left;

    /// <summary>When no further check is begun; those that are left are counted, and the run has not passed.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.MaxValue;

    /// <summary>Runs checks and prints the closing line.</summary>
    /// <param name="checks">The checks.</param>
    /// <param name="jobs">How many at once, as far as they may.</param>
    /// <returns>Whether some have passed, none has failed, and none was left when the time was over.</returns>
    public bool Run(IReadOnlyList<Check> checks, int jobs)
    {
        Parallel.ForEach(
            Partitioner.Create(checks.Where(check => !check.IsAlone), EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = jobs },
            Run);
        foreach (Check check in checks.Where(check => check.IsAlone)) Run(check);
        while (_idle.TryTake(out Session? session)) Close(session);
        output.WriteLine($"{_passed} passed, {_failed} failed, {_skipped} skipped{(_left > 0 ? $", {_left} left" : "")}");
        return _passed > 0 && _failed == 0 && _left == 0;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever a check throws is why it has failed.")]
    private void Run(Check check)
    {
        if (_clock.Elapsed > Limit)
        {
            Interlocked.Increment(ref _left);
            Print($"LEFT {check.Name}: the {Limit.TotalSeconds:0} seconds are over");
            return;
        }

        try
        {
            RunInSession(check);
            Interlocked.Increment(ref _passed);
        }
        catch (SkipException skipped)
        {
            Skip(check, skipped.Message.Replace(SkipMark, "", StringComparison.Ordinal));
        }
        catch (Exception failure)
        {
            Interlocked.Increment(ref _failed);
            Print($"FAILED {check.Name}: {failure.Message}");
        }
    }

    private void RunInSession(Check check)
    {
        if (!_idle.TryTake(out Session? session)) session = newSession();
        try
        {
            using ContextScope scope = session.Enter();
            check.Run(session);
        }
        finally
        {
            _idle.Add(session);
        }
    }

    private void Skip(Check check, string reason)
    {
        Interlocked.Increment(ref _skipped);
        Print($"SKIPPED {check.Name}: {reason}");
    }

    private void Print(string line)
    {
        lock (_lock) output.WriteLine(line.ReplaceLineEndings(" "));
    }

    // A device that has failed for good has been reported already.
    private static void Close(Session session)
    {
        try
        {
            session.Dispose();
        }
        catch (CudaException)
        {
        }
    }
}
