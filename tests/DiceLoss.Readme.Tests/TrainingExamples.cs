using DiceLoss.TorchSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Readme.Tests;

/// <summary>The code blocks of docs/training.md, between lines of dashes, each in a test that runs it and checks what it claims.</summary>
public sealed class TrainingExamples
{
    [Fact]
    public void Float16_ScaledLoss_GivesTheGradientsOfFloat32()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        using var network = new HalfNetwork();
        using DiceLossModule criterion = torch.nn.DiceLoss();
        Tensor images = randn([1, 1, 64, 64]), labels = randint(100, [1, 64, 64], dtype: ScalarType.Byte);
        optim.Optimizer optimizer = optim.SGD(network.parameters(), 0);
        criterion.call(network.Logits(images), labels).backward();
        Tensor[] expected = [.. network.parameters().Select(parameter => parameter.grad!.clone())];
        optimizer.zero_grad();

        // ---
        const float Scale = 65536;
        using var loss = criterion.call(network.call(images), labels); // logits of float16
        (loss * Scale).backward();
        foreach (var parameter in network.parameters()) parameter.grad!.div_(Scale);
        optimizer.step();
        // ---

        Assert.All(network.parameters().Zip(expected), pair => Assert.True(pair.First.grad!.allclose(pair.Second, 0, 0.01 * pair.Second.abs().max().item<float>())));
    }

    [Fact]
    public void Accumulation_EqualMicroBatches_GiveTheGradientOfTheBatch()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(2);
        nn.Module<Tensor, Tensor> network = nn.Conv2d(1, 3, 3, padding: 1);
        using DiceLossModule criterion = torch.nn.DiceLoss();
        Tensor allImages = randn([4, 1, 16, 16]), allLabels = randint(3, [4, 16, 16], dtype: ScalarType.Byte);
        (Tensor, Tensor)[] microBatches = [(allImages[..2], allLabels[..2]), (allImages[2..], allLabels[2..])];
        optim.Optimizer optimizer = optim.SGD(network.parameters(), 0);
        criterion.call(network.call(allImages), allLabels).backward();
        Tensor[] expected = [.. network.parameters().Select(parameter => parameter.grad!.clone())];

        // ---
        optimizer.zero_grad();
        foreach (var (images, labels) in microBatches)
        {
            using var step = torch.NewDisposeScope();
            (criterion.call(network.call(images), labels) / microBatches.Length).backward();
        }
        optimizer.step();
        // ---

        Assert.All(network.parameters().Zip(expected), pair => Assert.True(pair.First.grad!.allclose(pair.Second, 1e-5, 1e-7)));
    }

    private sealed class HalfNetwork : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> _convolution = nn.Conv2d(1, 100, 1);

        public HalfNetwork()
            : base(nameof(HalfNetwork)) => RegisterComponents();

        public Tensor Logits(Tensor input) => _convolution.call(input);

        public override Tensor forward(Tensor input) => Logits(input).to_type(ScalarType.Float16);
    }
}
