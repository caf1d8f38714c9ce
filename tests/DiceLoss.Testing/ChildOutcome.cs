namespace DiceLoss.Testing;

/// <summary>How a child process ended, and what it has printed.</summary>
/// <param name="ExitCode">Its exit code; 128 and the number of the signal, where one ended it.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
public sealed record ChildOutcome(int ExitCode, string Output, string Errors)
{
    /// <summary>Whether the method that <see cref="ChildProcess.RunIfChild"/> was to run has returned.</summary>
    public bool HasPassed => ExitCode == ChildProcess.Passed;
}
