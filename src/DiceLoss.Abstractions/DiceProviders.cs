using System.Collections.Immutable;

namespace DiceLoss;

/// <summary>The providers that this process knows. A problem goes to the one registered last among those that take it. Thread-safe.</summary>
public static class DiceProviders
{
    private static ImmutableList<IDiceProvider> s_registered = [];

    /// <summary>The registered providers, the one registered last first.</summary>
    public static IReadOnlyList<IDiceProvider> Registered => s_registered;

    /// <summary>
    /// The name of the provider for every call that does not choose one itself, whatever the device; <see langword="null"/>, the default, to
    /// choose by device. If the forced provider does not take a problem, the call fails; no other provider is tried.
    /// </summary>
    public static string? Forced
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>Adds a provider; one of the same name is replaced.</summary>
    /// <param name="provider">The provider.</param>
    /// <exception cref="ArgumentNullException"><paramref name="provider"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">It has no name.</exception>
    public static void Register(IDiceProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        if (string.IsNullOrEmpty(provider.Name)) throw new ArgumentException("The provider has no name.", nameof(provider));
        ImmutableInterlocked.Update(
            ref s_registered, list => list.RemoveAll(known => known.Name == provider.Name).Insert(0, provider));
    }

    /// <summary>Adds a provider behind all the others, unless one has its name.</summary>
    internal static void RegisterLast(IDiceProvider provider) => ImmutableInterlocked.Update(
        ref s_registered, list => list.Exists(known => known.Name == provider.Name) ? list : list.Add(provider));

    /// <summary>Removes a provider.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Whether there was one.</returns>
    public static bool Unregister(string name) =>
        ImmutableInterlocked.Update(ref s_registered, list => list.RemoveAll(known => known.Name == name));

    /// <summary>Finds the provider for a problem.</summary>
    /// <param name="device">Where the tensors are.</param>
    /// <param name="logits">The type of the logits.</param>
    /// <param name="targets">The type of the labels or maps.</param>
    /// <returns>The forced provider, or the one registered last among those that take the problem.</returns>
    /// <exception cref="NotSupportedException">There is none; the message says why each one does not take it.</exception>
    public static IDiceProvider Find(Device device, ElementType logits, ElementType targets)
    {
        string? forced = Forced;
        List<string> reasons = [];
        foreach (IDiceProvider provider in s_registered)
        {
            if (forced is not null && provider.Name != forced) continue;
            if (provider.Supports(device, logits, targets, out string? reason)) return provider;
            reasons.Add($"{provider.Name}: {reason}");
        }

        string what = $"{logits} logits and {targets} targets on {device}";
        throw new NotSupportedException((forced, reasons) switch
        {
            (null, []) => $"No provider is registered for {what}. Register one with {nameof(DiceProviders)}.{nameof(Register)} "
                + "(for main memory: CpuProvider.Shared of the package DiceLoss.Cpu).",
            (null, _) => $"No registered provider takes {what}. {string.Join(' ', reasons)}",
            (_, []) => $"The provider '{forced}' is forced but not registered; registered are: {Names()}.",
            _ => $"The provider '{forced}' is forced but does not take {what}. {string.Join(' ', reasons)}",
        });
    }

    private static string Names() => s_registered.IsEmpty ? "none" : string.Join(", ", s_registered.Select(provider => provider.Name));
}
