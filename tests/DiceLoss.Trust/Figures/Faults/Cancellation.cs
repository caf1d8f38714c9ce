using System.Diagnostics;
using System.Globalization;
using DiceLoss.Cpu;
using DiceLoss.Testing;
using Xunit;

namespace DiceLoss.Trust.Figures.Faults;

/// <summary>Calls that are cancelled before and while they run.</summary>
internal sealed class Cancellation : Figure
{
    // Of calls that are cancelled at random moments, some have ended by then.
    private const int Wanted = 15, MostTries = 200;

    public override string Name => "cancellation";

    public override string Held => "OperationCanceledException with the caller's token or the right bits; never in place of the logits; the next call has the same bits";

    public override string Method => "forward and backward with 1 and 4 threads, cancelled before they begin and by another thread at random moments";

    public override Finding Measure(Budget budget)
    {
        int cancelled = 0, finished = 0;
        TimeSpan latest = TimeSpan.Zero;
        foreach (int threads in (int[])[1, 4])
        {
            var provider = new CpuProvider(new CpuOptions { MaxThreads = threads });
            using var known = new KnownBits(new Case { Shape = [1, 4, 1_000_000], IgnoredShare = 0, Seed = 1 }, provider);
            DiceResult sound = known.Run.Forward(provider);
            RefusesInPlace(known.Run, sound, provider);
            foreach (bool forward in (bool[])[true, false])
            {
                using var source = new CancellationTokenSource();
                source.Cancel();
                Assert.True(IsStopped(known, sound, provider, forward, source.Token));
                known.Check("after a call that was cancelled before it began");
            }

            long begin = Stopwatch.GetTimestamp();
            known.Call();
            TimeSpan both = Stopwatch.GetElapsedTime(begin);
            var random = new Random(threads);
            for (int attempt = 0, wanted = Wanted; attempt < MostTries && wanted > 0; attempt++)
            {
                if (CancelMeanwhile(known, sound, provider, attempt % 2 == 0, random.NextDouble() * both / 2) is { } delay)
                {
                    (latest, wanted, cancelled) = (delay > latest ? delay : latest, wanted - 1, cancelled + 1);
                    known.Check("after a cancelled call");
                }
                else
                {
                    finished++;
                }
            }
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"{cancelled} calls cancelled while they ran, {finished} finished before");
        return cancelled > 0
            ? Finding.Held(string.Create(CultureInfo.InvariantCulture, $"{text}; at most {latest.TotalMilliseconds:F1} ms from the cancellation to the exception."))
            : Finding.Skipped($"{text}: no moment was met.");
    }

    // How long it took from the cancellation to the exception; nothing if the call had ended.
    private static TimeSpan? CancelMeanwhile(KnownBits known, DiceResult sound, IDiceProvider provider, bool forward, TimeSpan delay)
    {
        using var source = new CancellationTokenSource();
        long begun = 0;
        var canceller = new Thread(() =>
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < delay) Thread.Yield();
            begun = Stopwatch.GetTimestamp();
            source.Cancel();
        });
        canceller.Start();
        bool isStopped = IsStopped(known, sound, provider, forward, source.Token);
        long ended = Stopwatch.GetTimestamp();
        canceller.Join();
        return isStopped ? Stopwatch.GetElapsedTime(begun, ended) : null;
    }

    // Or ends with the right bits.
    private static bool IsStopped(KnownBits known, DiceResult sound, IDiceProvider provider, bool forward, CancellationToken token)
    {
        CaseRun run = known.Run;
        run.Gradient.Erase();
        try
        {
            if (forward)
            {
                known.Judge(Dice.Forward(run.Logits.Descriptor, run.Targets, run.Case.Options, provider, cancellation: token), "in spite of a cancellation");
            }
            else
            {
                Dice.Backward(sound, run.Logits.Descriptor, run.Targets, default, run.Gradient.Descriptor, provider: provider, cancellation: token);
                known.JudgeGradient("in spite of a cancellation");
            }

            return false;
        }
        catch (OperationCanceledException stopped)
        {
            Assert.Equal(token, stopped.CancellationToken);
            return true;
        }
    }

    private static void RefusesInPlace(CaseRun run, DiceResult sound, IDiceProvider provider)
    {
        using var source = new CancellationTokenSource();
        byte[] before = run.Logits.Snapshot();
        Assert.Throws<ArgumentException>(() => Dice.Backward(
            sound, run.Logits.Descriptor, run.Targets, default, run.Logits.Descriptor, inPlace: true, provider, cancellation: source.Token));
        run.Logits.AssertUnchanged(before);
    }
}
