namespace DiceLoss.Trust;

/// <summary>How a measurement ended.</summary>
internal enum Verdict
{
    /// <summary>The figure holds.</summary>
    Held,

    /// <summary>It does not.</summary>
    Broken,

    /// <summary>It could not be measured here.</summary>
    Skipped,
}

/// <summary>What a measurement has found.</summary>
/// <param name="Verdict">How it ended.</param>
/// <param name="Result">What was found, with its numbers; or why it is broken, or could not be measured.</param>
internal sealed record Finding(Verdict Verdict, string Result)
{
    /// <summary>What is part of the figure and was not measured this time, each with its reason; empty if everything was.</summary>
    public IReadOnlyList<string> NotMeasured { get; init; } = [];

    /// <summary>Result and what was not measured, in one text.</summary>
    public string Text => NotMeasured.Count == 0 ? Result : $"{Result} Not measured: {string.Join("; ", NotMeasured)}.";

    public static Finding Held(string result) => new(Verdict.Held, result);

    public static Finding Broken(string result) => new(Verdict.Broken, result);

    public static Finding Skipped(string reason) => new(Verdict.Skipped, reason);
}
