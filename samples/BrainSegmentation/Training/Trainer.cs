using System.Diagnostics;
using BrainSegmentation.Brain;
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
    private const int WarmUp = 20;
    private const double LargestGradientNorm = 1;

    /// <summary>
    /// How long AdamW remembers the size of gradients: some 20 steps. A class that the network has stopped to predict has gradients so
    /// small that with the usual 0.999 its weights would not move for hundreds of steps; so it comes back.
    /// </summary>
    private const double Beta2 = 0.95;

    /// <summary>Validations in one training, beside those before and after it.</summary>
    private const int Validations = 12;

    /// <summary>Trains for a number of steps.</summary>
    /// <param name="steps">How many.</param>
    /// <param name="seed">The seed of the augmentation.</param>
    /// <param name="afterStep">Told after every step.</param>
    public void Run(int steps, int seed, Action<TrainingPoint> afterStep)
    {
        var augmentation = new Augmentation(seed);
        using AdamW optimizer = optim.AdamW(network.parameters(), lr: LearningRate, beta2: Beta2);
        optim.lr_scheduler.LRScheduler schedule = optim.lr_scheduler.LambdaLR(optimizer, done => Factor(done, steps));
        int validateEvery = Math.Max(1, steps / Validations);

        for (int step = 1; step <= steps; step++)
        {
            var clock = Stopwatch.StartNew();
            double value = Step(augmentation.Next(data), optimizer);
            schedule.step();
            clock.Stop();
            bool validate = step % validateEvery == 0 || step == steps;
            afterStep(new TrainingPoint(step, value, clock.Elapsed, validate ? Validate().MeanForeground : null));
        }
    }

    /// <summary>What the learning rate is multiplied by after some steps: a short rise, then half a cosine wave down to 0.</summary>
    private static double Factor(int done, int steps) =>
        Math.Min(1, (done + 1.0) / WarmUp) * (1 + Math.Cos(Math.PI * done / steps)) / 2;

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
