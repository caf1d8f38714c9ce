namespace DiceLoss.Cpu.Threading;

/// <summary>The threads of the .NET thread pool: as many as happen to be free. A starved pool costs speed and nothing else.</summary>
internal sealed class PoolTeam : IThreadTeam
{
    private Meeting? _idle;

    public static PoolTeam Instance { get; } = new();

    public int Size => Environment.ProcessorCount;

    public void Run(int members, Action member)
    {
        Meeting meeting = Interlocked.Exchange(ref _idle, null) ?? new Meeting();
        meeting.Open(member, members - 1);
        try
        {
            Call(meeting, members - 1);
            member();
        }
        finally
        {
            meeting.Close();
        }

        _idle = meeting;
    }

    // Those that were called for an earlier run and have not come yet are not called again: where no thread gets free, nothing piles up. Without
    // memory to call them by, there are fewer: those that came before are at work, which must not end half done.
    private static void Call(Meeting meeting, int helpers)
    {
        try
        {
            for (int missing = helpers - meeting.Expected; missing > 0; missing--)
            {
                ThreadPool.UnsafeQueueUserWorkItem(meeting, preferLocal: false);
                meeting.Expect();
            }
        }
        catch (OutOfMemoryException)
        {
        }
    }

    /// <summary>
    /// Where helpers join a run. One that comes after the run is over finds nothing to do, or a seat in the next: it never matters which
    /// helper was called for which run.
    /// </summary>
    private sealed class Meeting : IThreadPoolWorkItem
    {
        private readonly object _gate = new();
        private Action? _member;
        private int _seats;
        private int _present;
        private int _expected;

        /// <summary>How many helpers were called and have not come yet.</summary>
        public int Expected => Volatile.Read(ref _expected);

        /// <summary>One was called, and may have come by now.</summary>
        public void Expect() => Interlocked.Increment(ref _expected);

        public void Open(Action member, int seats)
        {
            lock (_gate) (_member, _seats) = (member, seats);
        }

        public void Execute()
        {
            Interlocked.Decrement(ref _expected);
            Action? member;
            lock (_gate)
            {
                if (_seats == 0) return;
                _seats--;
                _present++;
                member = _member;
            }

            member!();
            lock (_gate)
            {
                if (--_present == 0) Monitor.PulseAll(_gate);
            }
        }

        // What helpers work on is the caller's, who frees it. So nobody leaves before them: an interruption has to wait, too.
        public void Close()
        {
            bool isInterrupted = false;
            while (!TryClose()) isInterrupted = true;
            if (isInterrupted) Thread.CurrentThread.Interrupt();
        }

        private bool TryClose()
        {
            try
            {
                lock (_gate)
                {
                    _seats = 0;
                    while (_present > 0) Monitor.Wait(_gate);
                    _member = null;
                    return true;
                }
            }
            catch (ThreadInterruptedException)
            {
                return false;
            }
        }
    }
}
