namespace DiceLoss.Conformance;

/// <summary>What became of a case.</summary>
internal enum Verdict
{
    /// <summary>Losses and gradient are as expected.</summary>
    Passed,

    /// <summary>Something is not as expected.</summary>
    Failed,

    /// <summary>The library does not do this yet, or not at all.</summary>
    Skipped,
}

/// <summary>What became of a case, and why.</summary>
/// <param name="Id">The case.</param>
/// <param name="Verdict">The outcome.</param>
/// <param name="Reason">What differs, or what is not supported.</param>
internal sealed record Outcome(string Id, Verdict Verdict, string Reason)
{
    /// <summary>One line.</summary>
    public override string ToString() => $"{Verdict.ToString().ToUpperInvariant()} {Id}: {Reason}";
}

/// <summary>A case asks for something that the library does not do. The message names it.</summary>
internal sealed class UnsupportedException(string what) : Exception(what);
