namespace DiceLoss.TorchSharp;

/// <summary>Finds the provider for a tensor's device.</summary>
internal static class ProviderChoice
{
    /// <summary>Finds the provider for tensors of these types on this device.</summary>
    /// <exception cref="NotSupportedException">There is none; the message says why, and what to do.</exception>
    public static IDiceProvider For(Device device, ElementType logits, ElementType targets)
    {
        DefaultProviders.EnsureRegistered();
        if (device.Kind == DeviceKind.Cuda && DiceProviders.Forced is null) RequireCuda(device, logits, targets);
        return DiceProviders.Find(device, logits, targets);
    }

    private static void RequireCuda(Device device, ElementType logits, ElementType targets)
    {
        List<string> reasons = [];
        foreach (IDiceProvider provider in DiceProviders.Registered)
        {
            if (provider.Supports(device, logits, targets, out string? reason)) return;
            reasons.Add($"{provider.Name}: {reason}");
        }

        throw new NotSupportedException(
            $"Logits and targets are on {device}, and no registered provider takes {logits} logits and {targets} targets there. "
            + $"Move both with .cpu(), or see to what is missing. {string.Join(' ', reasons)}".TrimEnd());
    }
}
