using System.Globalization;

namespace DiceLoss.Fuzz.Campaigns;

/// <summary>What a campaign has come to.</summary>
/// <param name="Target">The name of the target.</param>
/// <param name="Executions">Inputs that were executed.</param>
/// <param name="Seconds">For how long.</param>
/// <param name="Edges">Ways through the code that they took.</param>
/// <param name="Findings">Files with inputs that failed, hung or ended the process.</param>
internal sealed record Harvest(string Target, long Executions, long Seconds, long Edges, IReadOnlyList<string> Findings)
{
    public bool IsClean => Findings.Count == 0;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Target}: {Executions:N0} executions in {Seconds} s ({Executions / Math.Max(1, Seconds):N0} a second), {Edges:N0} edges, {Findings.Count} findings");
}
