namespace DiceLoss.Cpu.Threading;

/// <summary>The threads of the .NET thread pool: as many as happen to be free. A starved pool costs speed and nothing else.</summary>
internal sealed class PoolTeam : IThreadTeam
{
    public static PoolTeam Instance { get; } = new();

    public int Size => Environment.ProcessorCount;

    public void Run(int members, Action member)
    {
        var meeting = new Meeting(member);
        for (int helper = 1; helper < members; helper++) ThreadPool.UnsafeQueueUserWorkItem(meeting, preferLocal: false);
        member();
        meeting.Close();
    }

    /// <summary>One run of the team. Helpers that come after it is closed find nothing to do.</summary>
    private sealed class Meeting(Action member) : IThreadPoolWorkItem
    {
        private readonly object _gate = new();
        private int _helpers;
        private bool _closed;

        public void Execute()
        {
            lock (_gate)
            {
                if (_closed) return;
                _helpers++;
            }

            member();
            lock (_gate)
            {
                if (--_helpers == 0) Monitor.PulseAll(_gate);
            }
        }

        public void Close()
        {
            lock (_gate)
            {
                _closed = true;
                while (_helpers > 0) Monitor.Wait(_gate);
            }
        }
    }
}
