using System.Diagnostics;
using BrainSegmentation;
using BrainSegmentation.Brain;
using BrainSegmentation.Evaluation;
using BrainSegmentation.Losses;
using BrainSegmentation.Measurement;
using BrainSegmentation.Network;
using BrainSegmentation.Report;
using BrainSegmentation.Training;
using BrainSegmentation.Volumes;
using DiceLoss.TorchSharp;
using TorchSharp;

return CommandLine.Run(args, options =>
{
    try
    {
        Run(options);
        return 0;
    }
    catch (Exception unusable) when (unusable is IOException or InvalidDataException or UnauthorizedAccessException or DllNotFoundException)
    {
        Console.Error.WriteLine(unusable.Message);
        return CommandLine.Unusable;
    }
}, Console.Error);

static void Run(SampleOptions options)
{
    var clock = Stopwatch.StartNew();
    MakeFolder(options.Out);

    // The data: one brain, its left half to train on, its right half, mirrored, to validate on.
    BrainData data = BrainData.Load(Path.Combine(AppContext.BaseDirectory, "data"), options.Size, options.Classes);
    PictureFont.Use(Path.Combine(AppContext.BaseDirectory, "fonts"));
    Console.WriteLine($"INIA19 brain: {data.Training.Intensity.Size} voxels of the left hemisphere, {data.Classes.Count} classes with the background");

    // The loss and the network.
    OpenMpThreads.SleepWhileWaiting();
    torch.nn.DiceLoss().Dispose(); // whichever loss is chosen: where libtorch does not load, this says why
    using ISegmentationLoss loss = Loss(options);
    torch.manual_seed(options.Seed);
    using var network = new UNet(data.Classes.Count);
    Console.WriteLine(FormattableString.Invariant($"3D U-Net with {network.ParameterCount:N0} parameters, {loss.Name} {Words(options.Criterion)} loss, {options.Steps} steps, seed {options.Seed}"));

    // The training.
    var trainer = new Trainer(data, network, loss);
    double before = trainer.Validate().MeanForeground;
    Console.WriteLine(FormattableString.Invariant($"before training: mean foreground validation Dice {before:0.000}"));
    var training = new List<TrainingPoint>();
    TrainingProgress.Show(options.Steps, show => trainer.Run(options.Steps, options.Seed, point =>
    {
        training.Add(point);
        show(point);
    }));

    // What came out of it, beside what copying the labels would have scored.
    Volume<short> prediction = trainer.Predict();
    HardDice scores = HardDice.Of(prediction, data.Validation.Classes, data.Classes.Count);
    HardDice copied = HardDice.Of(data.Training.Classes, data.Validation.Classes, data.Classes.Count);
    DiceTable.Show(data, scores, copied);
    ShareLines.Show(loss, data.Classes.Count, LossShare.Measure(data, network, loss));

    string curve = Path.Combine(options.Out.FullName, "training.png");
    string slice = Path.Combine(options.Out.FullName, "slice.png");
    CurvePicture.Save(curve, before, training, copied.MeanForeground);
    SlicePicture.Save(slice, data.Validation, prediction, data.Classes.Names, options.Size == VolumeSize.Whole05Mm ? 0.5 : 1);
    Console.WriteLine();
    Console.WriteLine($"loss and validation curve: {curve}");
    Console.WriteLine($"one slice, image, labels and prediction: {slice}");
    Console.WriteLine(FormattableString.Invariant($"{clock.Elapsed.TotalSeconds:0} s in all, median step {training.Select(p => p.StepTime).Order().ElementAt(training.Count / 2).TotalMilliseconds:0} ms"));
    Console.WriteLine(FormattableString.Invariant($"mean foreground validation Dice {scores.MeanForeground:0.000}"));
}

static ISegmentationLoss Loss(SampleOptions options) => options.Loss switch
{
    LossKind.Fused => new FusedLoss(options.Criterion),
    LossKind.Plain => new PlainDiceLoss(),
    _ => throw new ArgumentOutOfRangeException(nameof(options), options.Loss, "No such loss."),
};

static string Words(Criterion criterion) => criterion switch
{
    Criterion.DiceCrossEntropy => "Dice and cross-entropy",
    Criterion.DiceFocal => "Dice and focal",
    Criterion.FocalTversky => "focal Tversky",
    Criterion.GeneralizedDice => "generalised Dice",
    _ => criterion.ToString(),
};

static void MakeFolder(DirectoryInfo folder)
{
    try
    {
        folder.Create();
    }
    catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
    {
        throw new IOException($"--out is \"{folder}\", and this folder cannot be made: {refused.Message}", refused);
    }
}
