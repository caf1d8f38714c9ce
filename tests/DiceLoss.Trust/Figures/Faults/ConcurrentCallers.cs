using System.Globalization;
using DiceLoss.Cpu;
using DiceLoss.Testing;
using FsCheck.Fluent;

namespace DiceLoss.Trust.Figures.Faults;

/// <summary>Many callers of one provider at the same time, no two with the same problem.</summary>
/// <param name="provider">Whose callers.</param>
internal sealed class ConcurrentCallers(IDiceProvider provider) : Figure
{
    private const int Callers = 64, ShortRounds = 20, LongRounds = 20_000;

    /// <summary>With a provider whose every call calls helpers of the thread pool.</summary>
    public ConcurrentCallers()
        : this(new CpuProvider(new CpuOptions { MaxThreads = 6 }))
    {
    }

    public override string Name => "concurrent-callers";

    public override string Held => "the bits that each has alone";

    public override string Method => "64 threads at once call one provider, each with a random problem and options of its own, again and again";

    public override Finding Measure(Budget budget)
    {
        KnownBits[] alone = [.. Problems().Select(what => new KnownBits(what, provider))];
        if (alone.Length != Callers) throw new InvalidOperationException($"There are {alone.Length} callers, not {Callers}.");
        int rounds = 0;
        for (; rounds < LongRounds && (rounds == 0 || !budget.IsSpent); rounds += ShortRounds) AllAtOnce(alone);
        foreach (KnownBits caller in alone) caller.Dispose();
        Finding held = Finding.Held(string.Create(CultureInfo.InvariantCulture, $"{alone.Length} callers, {alone.Length * rounds:N0} calls forward and as many backward, all the same bits."));
        return rounds >= LongRounds ? held : held with { NotMeasured = [string.Create(CultureInfo.InvariantCulture, $"{LongRounds - rounds:N0} of {LongRounds:N0} calls each ({budget.Reason})")] };
    }

    // Random ones, and large ones that several threads work on.
    private static IEnumerable<Case> Problems()
    {
        var notEmpty = Cases.AnyTargets(3000).Generator.Where(what => what.Samples > 0 && what.Voxels > 0);
        return Property.Draw(notEmpty, Callers).Select((what, i) => i % 4 == 0 ? what with { Shape = [1, what.Channels, 70_000 / what.Channels * 2] } : what);
    }

    private static void AllAtOnce(KnownBits[] callers)
    {
        using var start = new Barrier(callers.Length);
        Exception? failure = null;
        Thread[] threads = [.. callers.Select(caller => new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                for (int round = 0; round < ShortRounds; round++) caller.Check("beside other callers");
            }
            catch (Exception different)
            {
                Interlocked.CompareExchange(ref failure, different, null);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        if (failure is not null) throw failure;
    }
}
