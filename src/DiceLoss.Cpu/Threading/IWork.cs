namespace DiceLoss.Cpu.Threading;

/// <summary>Work cut into items that may be done in any order, by any thread, several at once.</summary>
/// <typeparam name="TTools">What a thread does it with.</typeparam>
internal interface IWork<TTools>
    where TTools : class, IDisposable
{
    /// <summary>Makes the tools of the calling thread, for any number of items.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for them.</exception>
    TTools MakeTools();

    /// <summary>Does one item.</summary>
    /// <param name="item">Which, from 0.</param>
    /// <param name="tools">The calling thread's.</param>
    void Do(long item, TTools tools);
}
