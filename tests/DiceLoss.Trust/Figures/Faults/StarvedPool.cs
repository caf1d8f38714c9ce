using System.Diagnostics;
using System.Globalization;
using DiceLoss.Cpu;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures.Faults;

/// <summary>How long a call takes when no thread of the pool is free.</summary>
internal sealed class StarvedPool : Figure
{
    private const int Rounds = 9, CallsPerRound = 5;
    private const double Limit = 2;

    public override string Name => "starved-pool";

    public override string Held => "at most twice the time that the caller takes alone";

    public override string Method =>
        "forward and backward of 4 channels and 2,000,000 voxels: the pool full of sleepers, the pool free, and one thread, in turn; the median of 9 ratios";

    public override Finding Measure(Budget budget)
    {
        ChildOutcome outcome = ChildProcess.OutcomeAsync(GetType(), nameof(Starve), []).GetAwaiter().GetResult();
        if (!outcome.HasPassed) return Finding.Broken(outcome.Output + outcome.Errors);
        double[] ratios = [.. outcome.Output.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{ratios[0]:F2} times the caller alone; {ratios[1]:F2} times the free pool of {Environment.ProcessorCount} threads. The same bits.");
        return ratios[0] <= Limit ? Finding.Held(text) : Finding.Broken(text);
    }

    /// <summary>For the child process, whose pool it fills.</summary>
    internal void Starve()
    {
        var what = new Case { Shape = [1, 4, 2_000_000], IgnoredShare = 0, Seed = 1 };
        using KnownBits shared = new(what, new CpuProvider()), alone = new(what, new CpuProvider(new CpuOptions { MaxThreads = 1 }));
        double[] byAlone = new double[Rounds], byFree = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            double one = Time(alone), free = Time(shared), starved;
            using (var awake = new ManualResetEventSlim())
            {
                int sleeping = 0;
                using var asleep = new ManualResetEventSlim();
                using var ended = new CountdownEvent(64 * Environment.ProcessorCount);
                for (int sleeper = 0; sleeper < ended.InitialCount; sleeper++)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(
                        _ =>
                        {
                            if (Interlocked.Increment(ref sleeping) == Environment.ProcessorCount) asleep.Set(); // the pool may have more threads
                            awake.Wait();
                            ended.Signal();
                        }, null);
                }

                asleep.Wait();
                starved = Time(shared);
                shared.JudgeGradient("in a starved pool");
                awake.Set();
                ended.Wait();
            }

            (byAlone[round], byFree[round]) = (starved / one, starved / free);
        }

        Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"{Median(byAlone)} {Median(byFree)}"));
    }

    // The median of a few calls.
    private static double Time(KnownBits calls)
    {
        double[] times = new double[CallsPerRound];
        for (int call = 0; call < times.Length; call++)
        {
            calls.Run.Gradient.Erase();
            long start = Stopwatch.GetTimestamp();
            DiceResult result = calls.Call();
            times[call] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            calls.Judge(result, "while it is timed");
        }

        return Median(times);
    }

    private static double Median(double[] numbers) => numbers.Order().ElementAt(numbers.Length / 2);
}
