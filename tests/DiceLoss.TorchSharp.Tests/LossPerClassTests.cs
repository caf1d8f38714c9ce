using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>One loss per sample and class, (N, K), that the user weighs and adds up in tensor operations.</summary>
public class LossPerClassTests
{
    private static readonly long[] s_shape = [3, 4, 5, 6];

    public static TheoryData<bool, int, long> Cases => new()
    {
        { false, -1, -1 },
        { true, -1, -1 },
        { false, 2, 255 },
        { true, 0, 1 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_WeightedSumOfTheMatrix_EqualsThePlainLoss(bool weighted, int ignoreChannel, long ignoreLabel)
    {
        using var scope = NewDisposeScope();
        var options = new DiceOptions
        {
            Reduction = DiceReduction.PerClass,
            ClassWeights = weighted ? [0.25, 2, 0.5, 1] : null,
            IgnoreChannel = ignoreChannel,
            IgnoreLabel = ignoreLabel,
            Smooth = 1e-3,
        };
        Tensor y = RandomCase.Labels(s_shape, ScalarType.Byte, 1, ignoreLabel == -1 ? null : ignoreLabel);
        Tensor factors = RandomCase.Logits([3, 4], ScalarType.Float64, 2);

        (Tensor Losses, Tensor Gradient) Run(Func<Tensor, Tensor> loss)
        {
            Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 1).requires_grad_(), losses = loss(x);
            (losses * factors).sum().backward();
            return (losses.detach(), x.grad!);
        }

        (Tensor Losses, Tensor Gradient) truth = Run(x => PlainRival.Loss(x, y, options)), ours = Run(x => nn.functional.dice_loss(x, y, options));
        Assert.Equal([3, 4], ours.Losses.shape);
        AssertClose(truth.Losses, ours.Losses, 1e-13);
        AssertClose(truth.Gradient, ours.Gradient, 1e-11 * Largest(truth.Gradient));
    }

    [Fact]
    public void Backward_SumAndTransposedUpstream_AreReadWithTheirStrides()
    {
        using var scope = NewDisposeScope();
        Tensor y = RandomCase.Labels(s_shape, ScalarType.Int16, 3), factors = RandomCase.Logits([4, 3], ScalarType.Float64, 4).t();
        Assert.False(factors.is_contiguous());
        foreach (Tensor upstream in (Tensor[])[tensor(2.0).expand(3, 4), factors, tensor([1.0, 2, 3]).unsqueeze(1).expand(3, 4)])
        {
            Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 3).requires_grad_(), plainX = x.detach().clone().requires_grad_();
            Tensor ours = autograd.grad([nn.functional.dice_loss(x, y, reduction: DiceReduction.PerClass)], [x], [upstream])[0];
            Tensor plain = PlainRival.Loss(plainX, y, new DiceOptions { Reduction = DiceReduction.PerClass });
            AssertClose(autograd.grad([plain], [plainX], [upstream])[0], ours, 1e-12);
        }
    }

    [Fact]
    public void PerClass_AveragedByTheUser_IsTheMean()
    {
        using var scope = NewDisposeScope();
        Tensor x = RandomCase.Logits(s_shape, ScalarType.Float64, 5).requires_grad_(), y = RandomCase.Labels(s_shape, ScalarType.Byte, 5);
        nn.functional.dice_loss(x, y, reduction: DiceReduction.PerClass).mean().backward();
        Tensor averaged = x.grad!.clone();
        x.grad!.zero_();
        Tensor mean = nn.functional.dice_loss(x, y);
        mean.backward();
        AssertClose(x.grad!, averaged, 1e-15);
        AssertClose(mean, nn.functional.dice_loss(x, y, reduction: DiceReduction.PerClass).mean(), 1e-15);
    }

    [Fact]
    public void PerClass_OneChannel_HasTwoClassesInFloat32()
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.DiceLoss(reduction: DiceReduction.PerClass);
        Tensor x = RandomCase.Logits([2, 1, 7], ScalarType.Float16, 6).requires_grad_(), y = RandomCase.Labels([2, 1, 7], ScalarType.Byte, 6);
        Tensor losses = module.call(x, y);
        losses.narrow(1, 1, 1).sum().backward();
        Assert.Equal([2, 2], losses.shape);
        Assert.Equal(ScalarType.Float32, losses.dtype);
        Assert.Equal(x.shape, x.grad!.shape);
    }

    [Fact]
    public void PerClass_NoBatch_IsEmptyWithItsClasses()
    {
        using var scope = NewDisposeScope();
        Tensor x = zeros(0, 3, 4, requires_grad: true), losses = nn.functional.dice_loss(x, zeros(0, 4, dtype: ScalarType.Int64), reduction: DiceReduction.PerClass);
        losses.sum().backward();
        Assert.Equal([0, 3], losses.shape);
        Assert.Equal([0, 3, 4], x.grad!.shape);
    }
}
