using DiceLoss;

namespace OtherTensorLibrary;

/// <summary>All that a tensor library needs to offer the loss: describe its tensors, and call.</summary>
internal static class DiceLossOfToyTensors
{
    public static (DiceResult Result, ToyTensor<float> Gradient) LossAndGradient(
        ToyTensor<float> logits, ToyTensor<byte> labels, DiceOptions options)
    {
        TensorDescriptor x = Describe(logits), y = Describe(labels);
        DiceResult result = Dice.Forward(x, y, options);

        var gradient = new ToyTensor<float>(logits.Shape);
        Dice.Backward(result, x, y, upstream: default, Describe(gradient));
        return (result, gradient);
    }

    private static TensorDescriptor Describe<T>(ToyTensor<T> tensor)
        where T : unmanaged => new(tensor.Address, Device.Cpu, ElementTypes.Of<T>(), tensor.Shape, tensor.Strides);
}
