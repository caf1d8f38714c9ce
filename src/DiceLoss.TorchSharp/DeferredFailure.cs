namespace DiceLoss.TorchSharp;

/// <summary>Keeps the failure of a backward pass, which cannot be thrown where it happens, for the next call of the loss.</summary>
internal static class DeferredFailure
{
    private static Exception? s_pending;

    /// <summary>Keeps a failure; of several, the first.</summary>
    public static void Record(Exception failure) => Interlocked.CompareExchange(ref s_pending, failure, null);

    /// <summary>Throws what is kept, once.</summary>
    /// <exception cref="InvalidOperationException">A backward pass has failed since the last call.</exception>
    public static void ThrowPending()
    {
        if (Volatile.Read(ref s_pending) is null || Interlocked.Exchange(ref s_pending, null) is not { } failure) return;

        // libtorch appends its native stack to the first line.
        string reason = failure.Message.Split('\n', 2)[0].TrimEnd();
        throw new InvalidOperationException(
            $"The backward pass of an earlier loss has failed, and left no gradient but NaN. {reason}", failure);
    }
}
