using System.Diagnostics;
using System.Globalization;

namespace DiceLoss.Trust;

/// <summary>A figure, what was found, and when and where.</summary>
/// <param name="Figure">The figure.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Time">How long it took.</param>
internal sealed record Measurement(Figure Figure, Finding Finding, TimeSpan Time)
{
    /// <summary>Measures figures one after the other.</summary>
    /// <param name="figures">Which.</param>
    /// <param name="time">For each, beyond its short list; zero for the short lists alone.</param>
    /// <param name="limit">A figure that would begin later than this is skipped, and says so.</param>
    public static IEnumerable<Measurement> Of(IEnumerable<Figure> figures, TimeSpan time, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (Figure figure in figures)
        {
            long begin = Stopwatch.GetTimestamp();
            Finding finding = Stopwatch.GetElapsedTime(start) < limit
                ? Measure(figure, time)
                : Finding.Skipped(string.Create(CultureInfo.InvariantCulture, $"The {limit.TotalMinutes} minutes of a short run were over."));
            yield return new Measurement(figure, finding, Stopwatch.GetElapsedTime(begin));
        }
    }

    private static Finding Measure(Figure figure, TimeSpan time)
    {
        try
        {
            return figure.Measure(new Budget(time));
        }
        catch (Exception broken)
        {
            return Finding.Broken($"{broken.GetType().Name}: {broken.Message}");
        }
    }
}
