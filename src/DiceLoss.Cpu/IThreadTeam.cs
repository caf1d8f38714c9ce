namespace DiceLoss.Cpu;

/// <summary>
/// Threads that a <see cref="CpuProvider"/> works on: those of the .NET thread pool by default, or those of a library that has its own, so
/// that the two do not compete for the processors.
/// </summary>
/// <remarks>A provider may be called by several threads at once; it then also calls its team from several threads at once.</remarks>
public interface IThreadTeam
{
    /// <summary>The current number of threads, including the calling thread; 1 or more.</summary>
    int Size { get; }

    /// <summary>
    /// Runs a method on the calling thread and, where other threads are free, on those at the same time. Returns when every run that has begun has ended; none
    /// begins after that. The run on the calling thread does all the work that the others leave, so it does not matter how many others there are.
    /// </summary>
    /// <param name="members">The maximum number of runs, including that of the calling thread; 2 or more.</param>
    /// <param name="member">The method; it throws nothing.</param>
    void Run(int members, Action member);
}
