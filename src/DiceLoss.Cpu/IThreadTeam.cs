namespace DiceLoss.Cpu;

/// <summary>
/// Threads that a <see cref="CpuProvider"/> works on: those of the .NET thread pool by default, or those of a library that keeps its own,
/// so that the two do not compete for the processors.
/// </summary>
/// <remarks>A provider may be called by several threads at once, and then calls its team so.</remarks>
public interface IThreadTeam
{
    /// <summary>How many threads there are now, the calling one included; 1 or more.</summary>
    int Size { get; }

    /// <summary>
    /// Runs a method on the calling thread and, where they are free, on other threads at the same time; returns when every run that has
    /// begun has ended, and none begins after that. The calling thread's run does all of the work that is left, so it does not matter how many others there are.
    /// </summary>
    /// <param name="members">How many runs at most, the calling thread's included; 2 or more.</param>
    /// <param name="member">The method; it throws nothing.</param>
    void Run(int members, Action member);
}
