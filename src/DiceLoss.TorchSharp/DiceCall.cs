using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// One use of the loss in a graph: what its backward pass needs besides the saved tensors, and the root of gradients that libtorch has
/// yet to take over. It lives as long as the node in the graph does.
/// </summary>
/// <param name="result">The forward pass.</param>
/// <param name="provider">Who computed it and will compute the gradient.</param>
/// <param name="logits">The logits; only shape, type and device are kept.</param>
/// <param name="isPart">Whether the loss is one of more than these logits.</param>
/// <remarks>
/// A gradient is handed over as the address of a handle that libtorch copies after our method has returned. Until then nobody else holds
/// that handle: a collection in between would free it. So it stays rooted here, under the thread it was returned on, until something is
/// known to have run on that thread since: <see cref="GradientRelease"/>, or the next backward pass through the same node.
/// </remarks>
internal sealed class DiceCall(DiceResult result, IDiceProvider provider, Tensor logits, bool isPart = false)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, (Tensor Logits, Tensor Token)> _returned = [];
    private readonly long[] _shape = logits.shape;
    private readonly ScalarType _type = logits.dtype;
    private readonly global::TorchSharp.torch.Device _device = logits.device;

    public DiceResult Result => result;

    public IDiceProvider Provider => provider;

    public bool IsPart => isPart;

    /// <summary>Keeps a gradient that is about to be returned to libtorch on this thread, and makes one for the token beside it.</summary>
    /// <returns>The gradients of both.</returns>
    public (Tensor Logits, Tensor Token) Root(Tensor gradient)
    {
        try
        {
            (Tensor, Tensor) returned = (gradient, Token());
            lock (_lock) _returned[Environment.CurrentManagedThreadId] = returned;
            return returned;
        }
        catch
        {
            gradient.Dispose(); // its memory may be what is missing
            throw;
        }
    }

    /// <summary>Lets go of what was returned on this thread; libtorch has its own references by now.</summary>
    public void Release()
    {
        (Tensor Logits, Tensor Token) returned;
        lock (_lock)
        {
            if (!_returned.Remove(Environment.CurrentManagedThreadId, out returned)) return;
        }

        returned.Logits.Dispose();
        returned.Token.Dispose();
    }

    /// <summary>A scalar for <see cref="GradientRelease"/>, or its gradient; the number does not matter.</summary>
    public Tensor Token() => zeros([], device: _device);

    /// <summary>What a failed backward pass returns: NaN in the shape of the logits, in the memory of one number.</summary>
    public Tensor NotANumber()
    {
        using Tensor nan = tensor(double.NaN, dtype: _type, device: _device);
        return nan.expand(_shape);
    }
}
