namespace DiceLoss.Bench.Floors;

/// <summary>
/// The calling thread, and as many of the .NET thread pool as are wanted and free, claim the chunks of a range one after another: the
/// way in which the library shares its work, so that a floor pays for threads what the library pays.
/// </summary>
internal sealed class ChunkTeam : IThreadPoolWorkItem
{
    private readonly Work _work;
    private readonly long _length;
    private readonly long _chunk;
    private readonly object _gate = new();
    private long _claimed;
    private int _helpers;
    private bool _closed;

    private ChunkTeam(long length, long chunk, Work work) => (_length, _chunk, _work) = (length, chunk, work);

    /// <summary>What is done with the part [start, end) of the range.</summary>
    public delegate void Work(long start, long end);

    /// <summary>Does the work on the range [0, length), a chunk at a time.</summary>
    public static void Run(long length, long chunk, int threads, Work work)
    {
        var team = new ChunkTeam(length, chunk, work);
        long members = Math.Min(threads, (length + chunk - 1) / chunk);
        for (int helper = 1; helper < members; helper++) ThreadPool.UnsafeQueueUserWorkItem(team, preferLocal: false);
        team.Claim();
        team.Close();
    }

    /// <summary>A helper's part. One that comes too late finds nothing to do.</summary>
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
        for (long start; (start = Interlocked.Add(ref _claimed, _chunk) - _chunk) < _length;) _work(start, Math.Min(start + _chunk, _length));
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
