using System.Diagnostics;
using BrainSegmentation.Brain;
using BrainSegmentation.Losses;
using BrainSegmentation.Network;
using BrainSegmentation.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace BrainSegmentation.Measurement;

/// <summary>What of a training step's time and memory the loss takes, forward and backward, down to the gradient of the logits.</summary>
/// <param name="StepTime">The median time of forward and backward of network and loss.</param>
/// <param name="LossTime">The median time of the loss in them.</param>
/// <param name="StepPeak">The most memory that a step needs beyond what is resident before it, in bytes; null where it cannot be measured.</param>
/// <param name="LossPeak">The most memory that the loss needs beyond what is resident when it begins, its gradient included.</param>
/// <param name="LogitsSize">The size of the logits in bytes.</param>
internal sealed record LossShare(TimeSpan StepTime, TimeSpan LossTime, long? StepPeak, long? LossPeak, long LogitsSize)
{
    private const int Repeats = 5;

    /// <summary>How long the loss runs before it is measured, so that all of its code is compiled to the end.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    /// <summary>Measures steps that change nothing: the optimiser is not called.</summary>
    public static LossShare Measure(BrainData data, UNet network, ISegmentationLoss loss)
    {
        var steps = new List<TimeSpan>();
        var losses = new List<TimeSpan>();
        StepCutAtTheLogits(data, network, loss, Warm);
        for (int i = 0; i < Repeats; i++)
            steps.Add(Timed(() => StepCutAtTheLogits(data, network, loss, part => losses.Add(Timed(part)))));

        long? lossPeak = null;
        StepCutAtTheLogits(data, network, loss, part => lossPeak = ResidentMemory.PeakOf(part));
        long logitsSize = 0;
        long? stepPeak = ResidentMemory.PeakOf(() => logitsSize = Step(data, network, loss));
        return new LossShare(Median(steps), Median(losses), stepPeak, lossPeak, logitsSize);
    }

    /// <summary>Forward and backward as in training.</summary>
    /// <returns>The size of the logits in bytes.</returns>
    private static long Step(BrainData data, UNet network, ISegmentationLoss loss)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = network.call(Tensors.Image(data.Training.Intensity));
        Tensor value = loss.Call(logits, Tensors.Labels(data.Training.Classes, loss.LabelType));
        value.backward();
        network.zero_grad();
        return logits.numel() * logits.element_size();
    }

    /// <summary>The same in two parts: the loss down to the gradient of the logits, then the network's backward pass from there.</summary>
    private static void StepCutAtTheLogits(BrainData data, UNet network, ISegmentationLoss loss, Action<Action> aroundLoss)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = Tensors.Labels(data.Training.Classes, loss.LabelType);
        Tensor logits = network.call(Tensors.Image(data.Training.Intensity));
        Tensor? gradient = null;
        aroundLoss(() =>
        {
            gradient?.Dispose();
            gradient = LossGradient(logits, labels, loss);
        });
        logits.backward([gradient!]);
        network.zero_grad();
    }

    private static Tensor LossGradient(Tensor logits, Tensor labels, ISegmentationLoss loss)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor value = loss.Call(logits, labels);
        return autograd.grad([value], [logits])[0].MoveToOuterDisposeScope();
    }

    private static void Warm(Action action)
    {
        var clock = Stopwatch.StartNew();
        do
        {
            action();
        }
        while (clock.Elapsed < s_warmUp);
    }

    private static TimeSpan Timed(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed;
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);
}
