namespace DiceLoss.TorchSharp;

/// <summary>Registers the provider that comes with this package, on first use.</summary>
internal static class DefaultProviders
{
    private static readonly Lock s_lock = new();
    private static bool s_registered;

    /// <summary>
    /// Registers the CPU provider once, behind everything that the application has registered: its own providers come first, and one
    /// that it has named <c>cpu</c> stays.
    /// </summary>
    public static void EnsureRegistered()
    {
        if (Volatile.Read(ref s_registered)) return;
        lock (s_lock)
        {
            if (!s_registered) RegisterBehind(TorchThreads.Provider);
            Volatile.Write(ref s_registered, true);
        }
    }

    /// <summary>Registers a provider behind all the others, unless one has its name.</summary>
    internal static void RegisterBehind(IDiceProvider provider)
    {
        IReadOnlyList<IDiceProvider> applications = DiceProviders.Registered;
        if (applications.Any(known => known.Name == provider.Name)) return;

        // What is registered last comes first.
        DiceProviders.Register(provider);
        foreach (IDiceProvider known in applications.Reverse()) DiceProviders.Register(known);
    }
}
