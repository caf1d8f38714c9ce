using System.Runtime.ExceptionServices;

namespace DiceLoss.Cpu.Threading;

/// <summary>
/// Does work on a team of threads: each claims the next item until none is left, the calling one too. Can be run again and again, by one
/// caller at a time; runs allocate nothing.
/// </summary>
internal sealed class WorkLoop
{
    private readonly IWork _work;
    private readonly Action _claim;
    private long _items;
    private long _claimed;
    private Exception? _failure;

    /// <summary>Makes a loop.</summary>
    /// <param name="work">The work.</param>
    public WorkLoop(IWork work) => (_work, _claim) = (work, Claim);

    /// <summary>Does all items; returns when every one is done and no other thread works on them any more.</summary>
    /// <param name="items">How many items.</param>
    /// <param name="team">Who does it.</param>
    /// <param name="threads">How many of them at most, the calling one included.</param>
    /// <remarks>The first exception of any thread ends the work and is thrown here, with its own type and stack.</remarks>
    public void Run(long items, IThreadTeam team, int threads)
    {
        (_items, _claimed, _failure) = (items, 0, null);
        int members = (int)Math.Min(items, threads);
        if (members > 1) team.Run(members, _claim);
        else Claim();
        if (_failure is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    private void Claim()
    {
        try
        {
            for (long item; (item = Interlocked.Increment(ref _claimed) - 1) < _items;) _work.Do(item);
        }
        catch (Exception failure)
        {
            // Nothing is allocated here: memory may be what is missing, and nobody would catch a second failure.
            Interlocked.CompareExchange(ref _failure, failure, null);
            Interlocked.Exchange(ref _claimed, _items);
        }
    }
}
