namespace DiceLoss.Cpu.Operators;

/// <summary>Where a softmax's loops have the derivatives by the probabilities from, as a tag; the bits are the same.</summary>
internal interface IDerivatives
{
    /// <summary>Whether the first loop leaves them in rows. Otherwise every loop makes them anew.</summary>
    static abstract bool AreKept { get; }
}

/// <summary>From rows.</summary>
internal readonly struct KeptDerivatives : IDerivatives
{
    public static bool AreKept => true;
}

/// <summary>Made anew.</summary>
internal readonly struct RepeatedDerivatives : IDerivatives
{
    public static bool AreKept => false;
}
