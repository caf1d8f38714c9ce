using DiceLoss.Cuda;

namespace DiceLoss.TorchSharp;

/// <summary>Finds the provider for a tensor's device.</summary>
internal static class ProviderChoice
{
    private static readonly Lazy<bool> s_registered = new(Register, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Finds the provider for tensors of these types on this device.</summary>
    /// <exception cref="NotSupportedException">There is none; the message says why, and what to do.</exception>
    public static IDiceProvider For(Device device, ElementType logits, ElementType targets)
    {
        _ = s_registered.Value;
        try
        {
            return DiceProviders.Find(device, logits, targets);
        }
        catch (NotSupportedException refused) when (device.Kind == DeviceKind.Cuda && DiceProviders.Forced is null)
        {
            throw new NotSupportedException($"Logits and targets are on {device}; move both with .cpu(), or see to what is missing. {refused.Message}", refused);
        }
    }

    // Once, and behind all that the application has registered: its own providers come first, and one that it has named "cpu" or "cuda" stays.
    // Nothing of CUDA is loaded by that; the first CUDA tensor does.
    private static bool Register()
    {
        DiceProviders.RegisterLast(TorchThreads.Provider);
        DiceProviders.RegisterLast(CudaProvider.Shared);
        return true;
    }
}
