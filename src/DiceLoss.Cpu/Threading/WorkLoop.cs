using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace DiceLoss.Cpu.Threading;

/// <summary>
/// Does work on a team of threads: each claims the next item until none is left, the calling one too. Can be run again and again, by one
/// caller at a time; runs allocate nothing but tools.
/// </summary>
/// <typeparam name="TTools">What a thread does it with.</typeparam>
internal sealed class WorkLoop<TTools>
    where TTools : class, IDisposable
{
    private readonly IWork<TTools> _work;
    private readonly Action _join;
    private int _caller;
    private TTools? _callersTools;
    private long _items;
    private long _claimed;
    private Exception? _failure;

    /// <summary>Makes a loop.</summary>
    /// <param name="work">The work.</param>
    public WorkLoop(IWork<TTools> work) => (_work, _join) = (work, Join);

    /// <summary>Does all items; returns when every one is done and no other thread works on them any more.</summary>
    /// <param name="items">How many items.</param>
    /// <param name="team">Who does it.</param>
    /// <param name="threads">How many of them at most, the calling one included.</param>
    /// <remarks>
    /// The first exception of any thread ends the work and is thrown here, with its own type and stack. The caller has its tools before any item is begun,
    /// and who else has no memory for them leaves the work to it: work that overwrites what it reads is not left half done for want of memory.
    /// </remarks>
    public void Run(long items, IThreadTeam team, int threads)
    {
        if (items == 0) return;
        using TTools tools = _work.MakeTools();
        (_items, _claimed, _failure) = (items, 0, null);
        (_caller, _callersTools) = (Environment.CurrentManagedThreadId, tools);
        int members = (int)Math.Min(items, threads);
        if (members > 1) team.Run(members, _join);
        Join(); // alone, and what is left where nobody else had memory
        _callersTools = null;
        if (_failure is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    private void Join()
    {
        try
        {
            if (Environment.CurrentManagedThreadId == _caller) Claim(_callersTools!);
            else if (Volatile.Read(ref _claimed) < _items && TryMakeTools(out TTools? tools)) ClaimAndDispose(tools);
        }
        catch (Exception failure)
        {
            // Nothing is allocated here: memory may be what is missing, and nobody would catch a second failure.
            Interlocked.CompareExchange(ref _failure, failure, null);
            Interlocked.Exchange(ref _claimed, _items);
        }
    }

    private bool TryMakeTools([NotNullWhen(true)] out TTools? tools)
    {
        try
        {
            tools = _work.MakeTools();
            return true;
        }
        catch (OutOfMemoryException)
        {
            tools = null;
            return false;
        }
    }

    private void ClaimAndDispose(TTools tools)
    {
        using (tools) Claim(tools);
    }

    private void Claim(TTools tools)
    {
        for (long item; (item = Interlocked.Increment(ref _claimed) - 1) < _items;) _work.Do(item, tools);
    }
}
