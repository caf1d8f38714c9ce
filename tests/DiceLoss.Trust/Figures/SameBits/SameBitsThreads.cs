using DiceLoss.Cpu;
using DiceLoss.Testing;
using DiceLoss.Trust.Bits;

namespace DiceLoss.Trust.Figures.SameBits;

/// <summary>The same bits for any number of threads, in any run, and where the thread pool has no thread to give.</summary>
/// <param name="problems">What is computed; at least one.</param>
/// <param name="providerOf">A provider that works with so many threads of its own, where a problem is large enough for them.</param>
/// <param name="ofPool">One that works with those of the thread pool.</param>
internal sealed class SameBitsThreads(IReadOnlyList<Case> problems, Func<int, IDiceProvider> providerOf, IDiceProvider ofPool) : Figure
{
    private const int MostThreads = 64;
    private const int Runs = 200;
    private const int Sleepers = 256;

    public SameBitsThreads()
        : this(
            BitProblems.All,
            threads => new CpuProvider(new CpuOptions { MaxThreads = threads, Team = new NewThreads(threads) }),
            new CpuProvider(new CpuOptions { MaxThreads = MostThreads }))
    {
    }

    public override string Name => "same-bits-threads";

    public override string Held => "1 bit pattern";

    public override string Method =>
        $"hashes of loss, sums and gradient of 50 random problems of all types: 1 to {MostThreads} new threads, {Runs} runs with those of the thread pool, a pool whose threads all sleep";

    public override Finding Measure(Budget budget)
    {
        IDiceProvider one = providerOf(1);
        int hashes = 0, runs = 0;
        for (int i = 0; i < problems.Count; i++)
        {
            using var problem = new BitProblem(problems[i]);
            string expected = problem.Hashes(one);
            for (int threads = 2; threads <= MostThreads; threads++) Compare(providerOf(threads), $"{threads} threads");
            using (new StarvedPool(Sleepers)) Compare(ofPool, "a starved pool");

            // The short list spreads its runs over the problems; with time, each has all of them.
            int share = budget.IsSpent ? (Runs * (i + 1) / problems.Count) - (Runs * i / problems.Count) : Runs;
            for (int run = 0; run < share; run++, runs++) Compare(ofPool, $"run {run}");

            void Compare(IDiceProvider provider, string how)
            {
                string actual = problem.Hashes(provider);
                if (actual != expected) throw new InvalidDataException($"Problem {i} has other bits with {how}: {actual}, not {expected}. {problems[i]}");
                hashes++;
            }
        }

        return Finding.Held($"1 pattern for each of {problems.Count} problems, in {hashes} comparisons, {runs} of them runs with the thread pool.");
    }

    /// <summary>As long as it lives, every thread of the pool sleeps.</summary>
    private sealed class StarvedPool : IDisposable
    {
        private readonly ManualResetEventSlim _over = new();
        private readonly CountdownEvent _asleep;

        public StarvedPool(int sleepers)
        {
            _asleep = new CountdownEvent(sleepers);
            for (int i = 0; i < sleepers; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(
                    _ =>
                    {
                        _over.Wait();
                        _asleep.Signal();
                    },
                    null);
            }
        }

        public void Dispose()
        {
            _over.Set();
            _asleep.Wait();
            _asleep.Dispose();
            _over.Dispose();
        }
    }
}
