using DiceLoss.Cpu;
using DiceLoss.TorchSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Readme.Tests;

/// <summary>The code blocks of the README, between lines of dashes, each in a test that runs it and checks what it claims.</summary>
public sealed class Examples
{
    [Fact]
    public void Training_OneStep_GivesAGradient()
    {
        using DisposeScope scope = NewDisposeScope();
        nn.Module<Tensor, Tensor> network = nn.Conv3d(1, 4, 3, padding: 1);
        Tensor images = randn([2, 1, 8, 8, 8]);
        Tensor labels = randint(4, [2, 8, 8, 8], dtype: ScalarType.Byte);
        optim.Optimizer optimizer = optim.SGD(network.parameters(), 0.1);

        // ---
        var dice = torch.nn.DiceLoss(ignore_label: 255, smooth: 1e-3);
        foreach (var (x, y) in Batches())
        {
            using var step = torch.NewDisposeScope();
            var loss = dice.call(network.call(x), y);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }
        // ---

        Assert.True(network.parameters().First().grad!.abs().max().item<float>() > 0);

        IEnumerable<(Tensor Images, Tensor Labels)> Batches() => [(images, labels)];
    }

    [Fact]
    public void Server_SpansAndShape_GiveLossAndGradient()
    {
        float[] logits = new float[2 * 3 * 64 * 64];
        byte[] labels = new byte[2 * 64 * 64];

        // ---
        long[] shape = [2, 3, 64, 64]; // N, C, then space
        DiceOptions options = new() { Smooth = 1e-3, ClassWeights = [0.2, 0.4, 0.4] };

        DiceResult result = CpuDice.Forward(logits, shape, labels, options);
        float[] gradient = new float[logits.Length];
        CpuDice.Backward(result, logits, shape, labels, gradient);

        Console.WriteLine($"loss {result.Loss}, intersection of class 1 in sample 0: {result.Sums[SumTerm.Intersection, 0][1].Value}");
        // ---

        // Class 0 is everywhere: I = V/3, P = V/3, T = V. The others are absent: loss 1, but for the smoothing.
        const double Voxels = 64 * 64;
        double present = 1 - (((2 * Voxels / 3) + 1e-3) / ((4 * Voxels / 3) + 1e-3));
        double absent = 1 - (1e-3 / ((Voxels / 3) + 1e-3));
        Assert.Equal((0.2 * present) + (0.8 * absent), result.Loss, 1e-6);
        Assert.Contains(gradient, value => value < 0);
    }

    [Fact]
    public void Evaluation_VolumesOfSeveralSizes_GivesTheScoresOfAll()
    {
        // ---
        DiceOptions options = new() { HardPrediction = HardPrediction.Argmax };
        DiceSums total = new(samples: 1, classes: 3);
        foreach (var (logits, shape, labels) in Volumes())
        {
            total.Add(CpuDice.Forward(logits, shape, labels, options).Sums.Pooled());
        }

        DiceMetrics metrics = new(total);
        Console.WriteLine($"Dice of class 1: {metrics.Dice(0, 1)}, mean: {metrics.Mean(MetricKind.Dice, MetricAverage.ClassesOfBatch)}");
        // ---

        // Class 0 is predicted everywhere, and right in 12 of 17 voxels; class 2 is nowhere.
        Assert.Equal(2 * 12 / (17.0 + 12), metrics.Dice(0, 0), 1e-15);
        Assert.Equal(0, metrics.Dice(0, 1));
        Assert.Equal(12 / (17.0 + 12), metrics.Mean(MetricKind.Dice, MetricAverage.ClassesOfBatch), 1e-15);

        static IEnumerable<(float[] Logits, long[] Shape, byte[] Labels)> Volumes() =>
            [(new float[2 * 3 * 4], [2, 3, 4], [0, 0, 0, 1, 0, 0, 0, 1]), (new float[3 * 9], [1, 3, 9], [0, 0, 0, 0, 0, 0, 1, 1, 1])];
    }

    [Fact]
    public unsafe void OtherLibrary_DescribedMemory_GivesLossAndGradient()
    {
        float[] memory = new float[2 * 4 * 10 * 10 * 10];
        float[] gradientMemory = new float[memory.Length];
        int[] labelMemory = new int[2 * 10 * 10 * 10];
        fixed (float* px = memory, pg = gradientMemory)
        fixed (int* py = labelMemory)
        {
            nint x = (nint)px, y = (nint)py, g = (nint)pg;

            // ---
            DiceProviders.Register(CpuProvider.Shared); // once

            // Channels last in memory: strides say so, nothing is copied.
            var logits = new TensorDescriptor(x, Device.Cpu, ElementType.Float32, [2, 4, 10, 10, 10], [4000, 1, 400, 40, 4]);
            var labels = new TensorDescriptor(y, Device.Cpu, ElementType.Int32, [2, 10, 10, 10]);
            var gradient = new TensorDescriptor(g, Device.Cpu, ElementType.Float32, [2, 4, 10, 10, 10], [4000, 1, 400, 40, 4]);

            DiceResult result = Dice.Forward(logits, labels);
            Dice.Backward(result, logits, labels, upstream: default, gradient);
            // ---

            // One class present with p = 1/4 everywhere: 1 - 2(V/4)/(V/4 + V) = 0.6; three absent ones: 1.
            Assert.Equal((0.6 + 3) / 4, result.Loss, 1e-6);
            Assert.True(gradientMemory[0] < 0);
        }
    }

    [Fact]
    public void AnotherLoss_TverskyWithCrossEntropy_IsTheSumOfBoth()
    {
        float[] logits = new float[2 * 3 * 10];
        byte[] labels = new byte[2 * 10];
        labels[3] = 1;
        long[] shape = [2, 3, 10];

        // ---
        var options = new DiceOptions
        {
            Overlap = Overlap.Tversky(alpha: 0.3, beta: 0.7),
            IgnoreChannel = 0,
            Reduction = DiceReduction.Batch,
            CrossEntropy = new CrossEntropy { ClassWeights = [0.2, 1, 1], LabelSmoothing = 0.1 },
        };
        DiceResult result = CpuDice.Forward(logits, shape, labels, options);
        // ---

        // Class 1: I = 1/3, P = 20/3, T = 1. Class 2 is absent: loss 1. Every -log p is log 3; smoothing adds the average weight.
        double tversky = 1 - (1 / 3.0 / (1 / 3.0 + (0.3 * (19 / 3.0)) + (0.7 * (2 / 3.0))));
        double weights = (19 * 0.2) + 1;
        double crossEntropy = Math.Log(3) * (0.9 + (0.1 * 20 * (2.2 / 3) / weights));
        Assert.Equal(((tversky + 1) / 3) + crossEntropy, result.Loss, 1e-6);
    }

    [Fact]
    public void Regions_MasksAndWeights_GiveLossAndScores()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = randn([2, 3, 8, 8]).requires_grad_();
        Tensor masks = logits.detach().gt(0), voxelWeights = rand([2, 8, 8]);

        // ---
        var criterion = torch.nn.DiceCELoss(activation: Activation.Sigmoid); // each channel on its own
        var (loss, metrics) = criterion.loss_and_metrics(logits, masks, voxelWeights);
        loss.backward();
        Console.WriteLine($"Dice {metrics.Mean()}, of channel 1 in sample 0 {metrics.Dice(0, 1)}");
        // ---

        Assert.Equal((1.0, 1.0), (metrics.Mean(), metrics.Dice(0, 1)));
        Assert.True(logits.grad!.abs().max().item<float>() > 0);
    }

    [Fact]
    public void Levels_LabelsOfTheFullResolution_GiveAGradientToEachThatCounts()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor full = randn([2, 3, 16, 16]).requires_grad_(), half = randn([2, 3, 8, 8]).requires_grad_(), quarter = randn([2, 3, 4, 4]).requires_grad_();
        Tensor labels = randint(3, [2, 16, 16], dtype: ScalarType.Int64);

        // ---
        var criterion = torch.nn.DeepSupervisionLoss(new DiceOptions { CrossEntropy = new CrossEntropy() }, LevelWeights.NnUNet);
        var loss = criterion.call([full, half, quarter], labels); // finest first, labels of the full resolution
        loss.backward();
        // ---

        Assert.True(full.grad!.abs().max().item<float>() > 0);
        Assert.True(half.grad!.abs().max().item<float>() > 0);
        Assert.Null(quarter.grad);
    }

    [Fact]
    public void EmptyMasks_WeightsPerSample_LeaveOutEmptySamples()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = randn([3, 2, 16, 16]).requires_grad_();
        Tensor labels = randint(2, [3, 16, 16], dtype: ScalarType.Int64);
        using (no_grad()) labels[1].zero_(); // sample 1 has no foreground

        // ---
        var perSample = torch.nn.functional.dice_loss(logits, labels, ignore_channel: 0, reduction: DiceReduction.None);
        var hasForeground = labels.flatten(1).gt(0).any(1).to_type(perSample.dtype);
        var loss = (perSample * hasForeground).sum() / hasForeground.sum().clamp_min(1);
        loss.backward();
        // ---

        Assert.Equal([1f, 0f, 1f], hasForeground.data<float>().ToArray());
        Assert.Equal(0, logits.grad![1].abs().max().item<float>());
        Assert.True(logits.grad![0].abs().max().item<float>() > 0);
    }
}
