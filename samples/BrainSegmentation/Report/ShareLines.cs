using BrainSegmentation.Losses;
using BrainSegmentation.Measurement;

namespace BrainSegmentation.Report;

/// <summary>The loss's share of a step's time and memory, and how it was measured.</summary>
internal static class ShareLines
{
    private const double MiB = 1 << 20;

    public static void Show(ISegmentationLoss loss, int classes, LossShare share)
    {
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant(
            $"share of the {loss.Name} loss in step time: {share.LossTime / share.StepTime:0.0%} ({share.LossTime.TotalMilliseconds:0.0} of {share.StepTime.TotalMilliseconds:0} ms, {classes} classes)"));
        Console.WriteLine(share is { StepPeak: { } step, LossPeak: { } part }
            ? FormattableString.Invariant($"share of the {loss.Name} loss in peak memory: {(double)part / step:0.0%} ({part / MiB:0} of {step / MiB:0} MiB; the logits are {share.LogitsSize / MiB:0} MiB)")
            : $"share of the {loss.Name} loss in peak memory: n/a (it is measured on Linux only)");
        Console.WriteLine("Time: medians of forward and backward, the loss from the logits to their gradient. Memory: what is resident at the height of the");
        Console.WriteLine("loss, and of the step, beyond what was resident when it began (VmHWM, set back by clear_refs; the gradient of the logits included).");
    }
}
