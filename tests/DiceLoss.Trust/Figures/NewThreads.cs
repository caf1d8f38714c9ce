using DiceLoss.Cpu;

namespace DiceLoss.Trust.Figures;

/// <summary>A team of threads that have never worked before: each needs memory of its own. The caller joins in when they have ended.</summary>
internal sealed class NewThreads(int size) : IThreadTeam
{
    public int Size => size;

    public void Run(int members, Action member)
    {
        Thread[] others = [.. Enumerable.Range(1, members - 1).Select(_ => new Thread(() => member()))];
        foreach (Thread thread in others) thread.Start();
        foreach (Thread thread in others) thread.Join();
        member();
    }
}
