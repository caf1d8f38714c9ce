using System.Runtime.ExceptionServices;

namespace DiceLoss.Cpu.Threading;

/// <summary>
/// Does work on the calling thread and on as many pool threads as happen to be free. Every thread claims the next item until none is
/// left; the caller does too, so a starved pool costs speed and nothing else.
/// </summary>
internal sealed class WorkLoop : IThreadPoolWorkItem
{
    private readonly IWork _work;
    private readonly long _items;
    private readonly object _gate = new();
    private long _claimed;
    private int _helpers;
    private bool _closed;
    private ExceptionDispatchInfo? _failure;

    private WorkLoop(IWork work, long items) => (_work, _items) = (work, items);

    /// <summary>Does all items; returns when every one is done and no other thread works on them any more.</summary>
    /// <param name="work">The work.</param>
    /// <param name="items">How many items.</param>
    /// <param name="threads">How many threads at most, the calling one included.</param>
    /// <remarks>The first exception of any thread ends the work and is thrown here, with its own type and stack.</remarks>
    public static void Run(IWork work, long items, int threads)
    {
        if (Math.Min(items, threads) <= 1)
        {
            for (long item = 0; item < items; item++) work.Do(item);
            return;
        }

        var loop = new WorkLoop(work, items);
        for (int helper = 1; helper < Math.Min(items, threads); helper++) ThreadPool.UnsafeQueueUserWorkItem(loop, preferLocal: false);
        loop.Claim();
        loop.Close();
        loop._failure?.Throw();
    }

    /// <summary>A pool thread comes to help, perhaps too late.</summary>
    public void Execute()
    {
        lock (_gate)
        {
            if (_closed) return;
            _helpers++;
        }

        Claim();
        lock (_gate)
        {
            if (--_helpers == 0) Monitor.PulseAll(_gate);
        }
    }

    private void Claim()
    {
        try
        {
            for (long item; (item = Interlocked.Increment(ref _claimed) - 1) < _items;) _work.Do(item);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            Interlocked.Exchange(ref _claimed, _items);
        }
    }

    private void Close()
    {
        lock (_gate)
        {
            _closed = true;
            while (_helpers > 0) Monitor.Wait(_gate);
        }
    }
}
