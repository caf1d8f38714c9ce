using System.Diagnostics;
using BrainSegmentation.Training;

namespace BrainSegmentation.Report;

/// <summary>How long a training still takes, if it goes on as it did so far.</summary>
internal sealed class RemainingTime(int steps)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public TimeSpan After(TrainingPoint point) => _clock.Elapsed / point.Step * (steps - point.Step);
}
