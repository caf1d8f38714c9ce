using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>Labels that are no class: counted on the device, and the first named.</summary>
internal static class TargetChecks
{
    public static IEnumerable<Check> All =>
        from labels in Cases.LabelsTypes
        from channels in (int[])[1, 3, 40]
        select new Check($"invalid label {labels} {channels}", session => NamesTheFirst(session, labels, channels)) { IsShort = labels == ElementType.UInt8 && channels == 3 };

    private static void NamesTheFirst(Session session, ElementType type, int channels)
    {
        int limit = Math.Max(channels, 2);
        var what = new Case { Shape = [2, channels, 9001], LabelsType = type, Seed = channels, IgnoredShare = 0 };
        using var run = new CaseRun(what, editLabels: labels => labels[9001 + 4099] = labels[^1] = limit);
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => { run.Forward(session.OnHostTensors); });
        Assert.StartsWith($"2 label(s) are neither a class (0 to {limit - 1})", error.Message, StringComparison.Ordinal);
        Assert.Contains($"the first is {limit}, in sample 1 at voxel [4099].", error.Message, StringComparison.Ordinal);
    }
}
