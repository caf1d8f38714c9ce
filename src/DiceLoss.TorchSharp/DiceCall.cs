using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>One use of the loss in a graph: what its backward pass needs besides the saved tensors. It lives as long as the node in the graph does.</summary>
/// <param name="result">The forward pass.</param>
/// <param name="provider">Who computed it and will compute the gradient.</param>
/// <param name="logits">The logits; only shape, type and device are kept.</param>
/// <param name="isPart">Whether the loss is one of more than these logits.</param>
internal sealed class DiceCall(DiceResult result, IDiceProvider provider, Tensor logits, bool isPart = false)
{
    private readonly long[] _shape = logits.shape;
    private readonly ScalarType _type = logits.dtype;
    private readonly global::TorchSharp.torch.Device _device = logits.device;

    public DiceResult Result => result;

    public IDiceProvider Provider => provider;

    public bool IsPart => isPart;

    /// <summary>A scalar for <see cref="GradientRelease"/>, or its gradient; the number does not matter.</summary>
    public Tensor Token() => zeros([], device: _device);

    /// <summary>What a failed backward pass returns: NaN in the shape of the logits, in the memory of one number.</summary>
    public Tensor NotANumber()
    {
        using Tensor nan = tensor(double.NaN, dtype: _type, device: _device);
        return nan.expand(_shape);
    }
}
