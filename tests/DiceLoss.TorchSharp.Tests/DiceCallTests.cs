using DiceLoss.Cpu;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>What a use of the loss knows of its logits when they are not there.</summary>
public class DiceCallTests
{
    [Fact]
    public void NotANumber_LargeLogits_IsOneNumberInTheirShape()
    {
        using var scope = NewDisposeScope();
        Tensor nan = Call().NotANumber();
        Assert.Equal([2, 2, 3], nan.shape);
        Assert.Equal([0, 0, 0], nan.stride());
        Assert.True(nan.isnan().all().item<bool>());
    }

    internal static DiceCall Call()
    {
        using Tensor x = zeros(2, 2, 3), y = zeros(2, 3, dtype: ScalarType.Byte);
        return new DiceCall(Dice.Forward(TensorView.Of(x), TensorView.Of(y), provider: CpuProvider.Shared), CpuProvider.Shared, x);
    }
}
