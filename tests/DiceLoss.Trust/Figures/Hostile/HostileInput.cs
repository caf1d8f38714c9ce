using System.Collections.Concurrent;
using System.Globalization;
using DiceLoss.Fuzz;
using DiceLoss.Fuzz.Campaigns;

namespace DiceLoss.Trust.Figures.Hostile;

/// <summary>Bytes of all kinds for whatever takes bytes from strangers.</summary>
internal sealed class HostileInput : Figure
{
    private const long Executions = 100_000_000;

    private static readonly TimeSpan s_shortTime = TimeSpan.FromSeconds(30);

    public override string Name => "hostile-input";

    public override string Held => "0 findings";

    public override string Method => string.Create(
        CultureInfo.InvariantCulture,
        $"AFL++ on {string.Join(", ", TargetList.All.Select(target => target.Name))}, guided by the ways through checks, algebra and readers, with a heap of 256 MiB: {s_shortTime.TotalSeconds} seconds, or {Executions:N0} executions");

    public override Finding Measure(Budget budget)
    {
        if (Campaign.Obstacle() is { } obstacle) return Finding.Skipped($"{obstacle}.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("diceloss-found-");
        using var program = new Instrumented();
        var campaign = new Campaign(program, folder.FullName);
        int count = TargetList.All.Count, atOnce = Math.Min(Environment.ProcessorCount, count);
        var harvests = new Harvest[count];
        Parallel.ForEach(
            Partitioner.Create(TargetList.All.Index(), EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = atOnce },
            next =>
            {
                // Each processor runs one after the other, and has as many to go as any.
                TimeSpan least = s_shortTime / Rounds(count), most = budget.Left / Rounds(count - next.Index);
                harvests[next.Index] = campaign.Run(next.Item, most > least ? most : least, Executions / count);
            });

        int Rounds(int targets) => (targets + atOnce - 1) / atOnce;

        if (Array.Find(harvests, harvest => !harvest.IsClean) is { } found) return Finding.Broken($"{found}: {string.Join(", ", found.Findings)}");
        folder.Delete(recursive: true);
        return Of(harvests, budget);
    }

    private static Finding Of(Harvest[] harvests, Budget budget)
    {
        string each = string.Join(", ", harvests.Select(harvest => string.Create(CultureInfo.InvariantCulture, $"{harvest.Target} {harvest.Edges:N0}")));
        long executions = harvests.Sum(harvest => harvest.Executions);
        Finding held = Finding.Held(string.Create(CultureInfo.InvariantCulture, $"{executions:N0} executions, 0 findings; ways through the code: {each}."));
        long rest = Executions - executions;
        return rest < TargetList.All.Count ? held : held with { NotMeasured = [string.Create(CultureInfo.InvariantCulture, $"{rest:N0} of {Executions:N0} executions ({budget.Reason})")] };
    }
}
