using System.Diagnostics;
using BrainSegmentation.Data;
using BrainSegmentation.Evaluation;
using BrainSegmentation.Losses;
using BrainSegmentation.Network;
using BrainSegmentation.Volumes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace BrainSegmentation.Training;

/// <summary>Trains a network on the left hemisphere and looks at the right one now and then.</summary>
internal sealed class Trainer(BrainData data, UNet network, ISegmentationLoss loss)
{
    private const double LearningRate = 0.02;
    private const double LargestGradientNorm = 1;

    /// <summary>Validations in one training, beside those before and after it.</summary>
    private const int Validations = 12;

    /// <summary>Trains for a number of steps.</summary>
    /// <param name="steps">How many.</param>
    /// <param name="seed">The seed of the augmentation.</param>
    /// <param name="afterStep">Told after every step.</param>
    public void Run(int steps, int seed, Action<TrainingPoint> afterStep)
    {
        var augmentation = new Augmentation(seed);
        using AdamW optimizer = optim.AdamW(network.parameters(), lr: LearningRate);
        optim.lr_scheduler.LRScheduler cosine = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max: steps);
        int validateEvery = Math.Max(1, steps / Validations);

        for (int step = 1; step <= steps; step++)
        {
            var clock = Stopwatch.StartNew();
            double value = Step(augmentation.Next(data), optimizer);
            cosine.step();
            clock.Stop();
            bool validate = step % validateEvery == 0 || step == steps;
            afterStep(new TrainingPoint(step, value, clock.Elapsed, validate ? Validate().MeanForeground : null));
        }
    }

    /// <summary>The scores on the right hemisphere.</summary>
    public HardDice Validate() => HardDice.Of(Predict(), data.Validation.Classes, data.Classes.Count);

    /// <summary>The network's segmentation of the right hemisphere.</summary>
    public Volume<short> Predict()
    {
        using IDisposable noGradient = no_grad();
        using Tensor image = Tensors.Image(data.Validation.Intensity);
        using Tensor logits = network.call(image);
        return Tensors.Prediction(logits);
    }

    private double Step(BrainSide side, AdamW optimizer)
    {
        using DisposeScope scope = NewDisposeScope();
        optimizer.zero_grad();
        Tensor image = Tensors.Image(side.Intensity);
        Tensor labels = Tensors.Labels(side.Classes, loss.LabelType);
        Tensor result = loss.Call(network.call(image), labels);
        result.backward();
        nn.utils.clip_grad_norm_(network.parameters(), LargestGradientNorm);
        optimizer.step();
        return result.ToDouble();
    }
}
