using System.Diagnostics;

namespace DiceLoss.Trust;

/// <summary>
/// How long a figure may be measured beyond its short list of cases. The list itself is measured to its end, whatever the budget; before
/// each case beyond it, a figure looks whether the budget is spent.
/// </summary>
/// <param name="time">Zero for the short list alone.</param>
internal sealed class Budget(TimeSpan time)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Whether nothing beyond the short list is asked for.</summary>
    public bool IsShort => time == TimeSpan.Zero;

    /// <summary>Whether no further case shall be begun.</summary>
    public bool IsSpent => Stopwatch.GetElapsedTime(_start) >= time;

    /// <summary>What is left of it; zero if nothing is.</summary>
    public TimeSpan Left => IsSpent ? TimeSpan.Zero : time - Stopwatch.GetElapsedTime(_start);

    /// <summary>Why a case beyond the short list was not measured.</summary>
    public string Reason => IsShort ? "on demand, with --budget" : "the budget was spent";
}
