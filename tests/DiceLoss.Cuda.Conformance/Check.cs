namespace DiceLoss.Cuda.Conformance;

/// <summary>One thing that must hold on a device.</summary>
/// <param name="Name">Its name, seeds included.</param>
/// <param name="Run">Throws where it does not hold, and xunit's <see cref="Xunit.Sdk.SkipException"/> where that cannot be found out. The device's context is current.</param>
internal sealed record Check(string Name, Action<Session> Run)
{
    /// <summary>Whether it belongs to the short list, which runs under compute-sanitizer.</summary>
    public bool IsShort { get; init; }

    /// <summary>Whether no other check may run beside it: for what it does to the device's memory.</summary>
    public bool IsAlone { get; init; }
}
