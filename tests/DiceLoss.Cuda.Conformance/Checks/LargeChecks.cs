using System.Globalization;
using DiceLoss.Cuda.Conformance.OnDevice;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>
/// More elements than 32 bits count. The voxels repeat after a while, so that the truth is that of a few of them, many times over, and no
/// large tensor is ever in main memory.
/// </summary>
internal static class LargeChecks
{
    public static IEnumerable<Check> All { get; } =
    [
        new("large: more voxels than 2^31", session => Repeats(session, 1, session.ManyElements + Period(session))) { IsAlone = true },
        new("large: more logits than 2^31, fewer voxels", session => Repeats(session, 3, session.ManyElements / 2)) { IsAlone = true },
    ];

    private static long Period(Session session) => session.IsEmulated ? 1 << 10 : 1 << 18;

    private static void Repeats(Session session, int channels, long voxels)
    {
        long period = Period(session), times = voxels / period;
        nuint needed = (nuint)voxels * (nuint)((4 * channels) + 1) + (64 << 20), free = DeviceApi.FreeMemory();
        Assert.SkipUnless(needed <= free, $"It needs {needed >> 20} MiB of device memory, {free >> 20} MiB are free.");

        // The gradients of so many voxels would all be below the smallest float16.
        var what = new Case
        {
            Shape = [1, channels, period],
            LogitsType = ElementType.Float16,
            LabelsType = ElementType.UInt8,
            Upstream = UpstreamKind.Scalar,
            UpstreamFactor = voxels,
            Options = new DiceOptions { IgnoreLabel = 255 },
        };
        using var run = new CaseRun(what);
        using var wide = new CaseRun(what with { LogitsType = ElementType.Float64 }, logits => run.Logits.Numbers().CopyTo(logits, 0));
        DiceSums sums = Dice.Sums(wide.Logits.Descriptor, wide.Targets, what.Options, ReferenceProvider.Shared);
        Multiply(sums, times);
        DiceResult truth = Dice.Evaluate(sums, what.Options, ElementType.Float64);
        double[] expected = wide.Backward(ReferenceProvider.Shared, truth);

        using var logits = new RepeatedTensor(session.Driver, run.Logits, times);
        using var labels = new RepeatedTensor(session.Driver, run.Labels, times);
        using var gradient = new RepeatedTensor(session.Driver, run.Gradient, times);
        using var upstream = new DeviceTensor(session.Driver, run.Upstream!.Descriptor);

        DiceResult ours = Dice.Forward(logits.Descriptor, labels.Descriptor, what.Options, session.Cuda);
        Agreement.Sums(sums, ours.Sums, what, "sums");
        ErrorRule.Losses(truth.Losses.ToArray(), ours.Losses, null, ours.LossType, 3, "loss");

        Dice.Backward(ours, logits.Descriptor, labels.Descriptor, upstream.Descriptor, gradient.Descriptor, provider: session.Cuda);
        double scale = 3 * expected.Max(Math.Abs);
        foreach (long time in (long[])[0, times / 3, times / 2, times - 1])
        {
            gradient.Read(time, run.Gradient);
            ErrorRule.Gradient(expected, run.Gradient.Numbers(), null, what.LogitsType, scale, string.Create(CultureInfo.InvariantCulture, $"repetition {time}"));
        }

        labels.WriteLastByte(7);
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => { Dice.Sums(logits.Descriptor, labels.Descriptor, what.Options, session.Cuda); });
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"the first is 7, in sample 0 at voxel [{voxels - 1}]."), error.Message, StringComparison.Ordinal);
    }

    private static void Multiply(DiceSums sums, long factor)
    {
        foreach (SumTerm term in Enum.GetValues<SumTerm>())
        {
            foreach (ref CompensatedSum sum in sums[term, 0]) sum = new CompensatedSum(sum.Value * factor, sum.Compensation * factor);
        }
    }
}
