using System.Diagnostics;
using System.Runtime;

namespace DiceLoss.Bench.Measurement;

/// <summary>How long to measure: at least and at most so many rounds, and between the two as many as fit in the time.</summary>
/// <param name="Least">Rounds at least.</param>
/// <param name="Most">Rounds at most.</param>
/// <param name="Time">When it is used up, no further round begins.</param>
/// <param name="WarmUp">
/// How long everything runs before the first round, each thing for its share, and again until nothing was compiled meanwhile or four times as long; zero
/// for once.
/// </param>
internal sealed record RoundPlan(int Least, int Most, TimeSpan Time, TimeSpan WarmUp)
{
    /// <summary>For tests: everything happens, and no figure is worth anything.</summary>
    public static RoundPlan Quick { get; } = new(2, 2, TimeSpan.Zero, TimeSpan.Zero);
}

/// <summary>
/// Times several things in turns: each of them once in every round. A machine that is shared gets slower and faster by the second; of
/// two times in one round it does so for both, and their ratio means something.
/// </summary>
internal static class Rounds
{
    /// <summary>What takes less is repeated until it takes as much: the clock and the waking of threads are then no part of it.</summary>
    private const double LeastMilliseconds = 2;

    /// <summary>How many times as long a warm-up may take: what takes long itself is not waited for again and again.</summary>
    private const int MostWarmUps = 4;

    /// <summary>Runs at the end of the warm-up, compiled by then, that say how long one takes.</summary>
    private const int LastRuns = 9;

    /// <summary>Measures.</summary>
    /// <param name="plan">How long.</param>
    /// <param name="rest">A pause before each timing, for threads of a library that wait actively for some milliseconds after their work.</param>
    /// <param name="things">What.</param>
    /// <returns>Milliseconds of one run, [thing][round].</returns>
    public static double[][] Run(RoundPlan plan, TimeSpan rest, params Action[] things)
    {
        int[] repeats = [.. WarmUp(plan.WarmUp, rest, things).Select(milliseconds => (int)Math.Ceiling(LeastMilliseconds / milliseconds))];
        List<double>[] times = [.. things.Select(_ => new List<double>())];
        var clock = Stopwatch.StartNew();
        for (int round = 0; round < plan.Least || (round < plan.Most && clock.Elapsed < plan.Time); round++)
        {
            for (int thing = 0; thing < things.Length; thing++) times[thing].Add(Milliseconds(things[thing], repeats[thing], rest));
        }

        return [.. times.Select(list => list.ToArray())];
    }

    /// <summary>The ratio of two things, round by round.</summary>
    public static Spread Ratio(double[] numerators, double[] denominators) => Spread.Of(numerators.Zip(denominators, (a, b) => a / b));

    // What runs often is compiled again, a tenth of a second later and beside other work. Milliseconds of one run, at the end.
    private static double[] WarmUp(TimeSpan time, TimeSpan rest, Action[] things)
    {
        double[] runs;
        long compiled;
        var clock = Stopwatch.StartNew();
        do
        {
            compiled = JitInfo.GetCompiledMethodCount();
            runs = [.. things.Select(thing => WarmUp(time / things.Length, rest, thing))];
        }
        while (clock.Elapsed < MostWarmUps * time && JitInfo.GetCompiledMethodCount() > compiled);
        return runs;
    }

    private static double WarmUp(TimeSpan time, TimeSpan rest, Action thing)
    {
        List<double> runs = [];
        var clock = Stopwatch.StartNew();
        do runs.Add(Milliseconds(thing, 1, rest));
        while (clock.Elapsed < time);
        return Spread.Of(runs.TakeLast(LastRuns)).Median;
    }

    private static double Milliseconds(Action thing, int repeats, TimeSpan rest)
    {
        if (rest > TimeSpan.Zero) Thread.Sleep(rest);
        long start = Stopwatch.GetTimestamp();
        for (int repeat = 0; repeat < repeats; repeat++) thing();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / repeats;
    }
}
