using DiceLoss.Cuda;

namespace DiceLoss.TorchSharp;

/// <summary>Registers the providers that come with this package, on first use.</summary>
internal static class DefaultProviders
{
    private static readonly Lock s_lock = new();
    private static bool s_registered;

    /// <summary>
    /// Registers the providers for CPU and CUDA once, behind everything that the application has registered: its own providers come
    /// first, and one that it has named <c>cpu</c> or <c>cuda</c> stays. That loads nothing of CUDA; the first CUDA tensor does.
    /// </summary>
    public static void EnsureRegistered()
    {
        if (Volatile.Read(ref s_registered)) return;
        lock (s_lock)
        {
            if (!s_registered)
            {
                DiceProviders.RegisterLast(TorchThreads.Provider);
                DiceProviders.RegisterLast(CudaProvider.Shared);
            }

            Volatile.Write(ref s_registered, true);
        }
    }
}
