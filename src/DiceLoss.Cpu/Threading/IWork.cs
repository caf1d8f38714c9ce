namespace DiceLoss.Cpu.Threading;

/// <summary>Work cut into items that may be done in any order, by any thread, several at once.</summary>
internal interface IWork
{
    /// <summary>Does one item.</summary>
    /// <param name="item">Which, from 0.</param>
    void Do(long item);
}
