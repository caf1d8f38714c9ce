using System.Globalization;
using DiceLoss.Fuzz;
using DiceLoss.Fuzz.Campaigns;

namespace DiceLoss.Trust.Figures.Hostile;

/// <summary>Bytes of all kinds for whatever takes bytes from strangers.</summary>
internal sealed class HostileInput : Figure
{
    private const long Executions = 100_000_000;

    private static readonly TimeSpan s_shortTime = TimeSpan.FromMinutes(2);

    public override string Name => "hostile-input";

    public override string Held => "0 findings";

    public override string Method => string.Create(
        CultureInfo.InvariantCulture,
        $"AFL++ on {string.Join(", ", TargetList.All.Select(target => target.Name))}, guided by the ways through checks, algebra and readers, with a heap of 256 MiB: {s_shortTime.TotalMinutes} minutes, or {Executions:N0} executions");

    public override Finding Measure(Budget budget)
    {
        if (Campaign.Obstacle() is { } obstacle) return Finding.Skipped($"{obstacle}.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("diceloss-found-");
        using var program = new Instrumented();
        var campaign = new Campaign(program, folder.FullName);
        List<Harvest> harvests = [];
        foreach ((int index, Target target) in TargetList.All.Index())
        {
            TimeSpan least = s_shortTime / TargetList.All.Count, most = budget.Left / (TargetList.All.Count - index);
            harvests.Add(campaign.Run(target, most > least ? most : least, Executions / TargetList.All.Count));
        }

        if (harvests.Find(harvest => !harvest.IsClean) is { } found) return Finding.Broken($"{found}: {string.Join(", ", found.Findings)}");
        folder.Delete(recursive: true);
        return Of(harvests, budget);
    }

    private static Finding Of(List<Harvest> harvests, Budget budget)
    {
        string each = string.Join(", ", harvests.Select(harvest => string.Create(CultureInfo.InvariantCulture, $"{harvest.Target} {harvest.Edges:N0}")));
        long executions = harvests.Sum(harvest => harvest.Executions);
        Finding held = Finding.Held(string.Create(CultureInfo.InvariantCulture, $"{executions:N0} executions, 0 findings; ways through the code: {each}."));
        long rest = Executions - executions;
        return rest < TargetList.All.Count ? held : held with { NotMeasured = [string.Create(CultureInfo.InvariantCulture, $"{rest:N0} of {Executions:N0} executions ({budget.Reason})")] };
    }
}
