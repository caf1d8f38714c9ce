using System.Diagnostics;
using BrainSegmentation.Data;
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

    /// <summary>Measures steps that change nothing: the optimiser is not called.</summary>
    public static LossShare Measure(BrainData data, UNet network, ISegmentationLoss loss)
    {
        var steps = new List<TimeSpan>();
        var losses = new List<TimeSpan>();
        long logitsSize = 0;
        void Step(Func<Action, TimeSpan> aroundLoss)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor image = Tensors.Image(data.Training.Intensity);
            Tensor labels = Tensors.Labels(data.Training.Classes, loss.LabelType);
            Tensor logits = network.call(image);
            logitsSize = logits.numel() * logits.element_size();
            // backward() of the whole step, cut at the logits.
            Tensor gradient = null!;
            losses.Add(aroundLoss(() => gradient = LossGradient(logits, labels, loss)));
            logits.backward([gradient]);
            network.zero_grad();
        }

        for (int i = 0; i < Repeats; i++)
            steps.Add(Timed(() => Step(Timed)));
        (TimeSpan stepTime, TimeSpan lossTime) = (Median(steps), Median(losses));

        long? stepPeak = ResidentMemory.PeakOf(() => Step(Timed));
        long? lossPeak = null;
        Step(action =>
        {
            lossPeak = ResidentMemory.PeakOf(action);
            return default;
        });
        return new LossShare(stepTime, lossTime, stepPeak, lossPeak, logitsSize);
    }

    private static Tensor LossGradient(Tensor logits, Tensor labels, ISegmentationLoss loss)
    {
        using Tensor value = loss.Call(logits, labels);
        return autograd.grad([value], [logits])[0];
    }

    private static TimeSpan Timed(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed;
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);
}
