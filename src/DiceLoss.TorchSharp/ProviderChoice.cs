namespace DiceLoss.TorchSharp;

/// <summary>Finds the provider for a tensor's device.</summary>
internal static class ProviderChoice
{
    /// <summary>Finds the provider for tensors of these types on this device.</summary>
    /// <exception cref="NotSupportedException">There is none; the message says why, and what to do.</exception>
    public static IDiceProvider For(Device device, ElementType logits, ElementType targets)
    {
        DefaultProviders.EnsureRegistered();
        try
        {
            return DiceProviders.Find(device, logits, targets);
        }
        catch (NotSupportedException refused) when (device.Kind == DeviceKind.Cuda && DiceProviders.Forced is null)
        {
            throw new NotSupportedException($"Logits and targets are on {device}; move both with .cpu(), or see to what is missing. {refused.Message}", refused);
        }
    }
}
