using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>The root of a gradient that libtorch has yet to take over: the last one that was returned to it on each thread.</summary>
/// <remarks>
/// A gradient is handed over as the address of a handle that libtorch copies after our method has returned. Until then nobody else holds
/// that handle: a collection in between would free it. So it stays rooted here until something else of this library runs on that thread:
/// <see cref="GradientRelease"/>, another backward pass, or another call of a loss. No graph leads here, so that none keeps itself alive.
/// </remarks>
internal static class ReturnedGradient
{
    [ThreadStatic]
    private static (Tensor Logits, Tensor Token)? t_returned;

    /// <summary>Keeps a gradient that is about to be returned to libtorch on this thread, and makes one for the token beside it.</summary>
    /// <param name="gradient">The gradient; disposed of if there is no memory for the other.</param>
    /// <param name="call">What it is the gradient of.</param>
    /// <returns>The gradients of both.</returns>
    public static (Tensor Logits, Tensor Token) Root(Tensor gradient, DiceCall call)
    {
        try
        {
            (Tensor, Tensor) returned = (gradient, call.Token());
            t_returned = returned;
            return returned;
        }
        catch
        {
            gradient.Dispose(); // its memory may be what is missing
            throw;
        }
    }

    /// <summary>Lets go of what was returned on this thread; libtorch has its own references by now.</summary>
    public static void Release()
    {
        if (t_returned is not { } returned) return;
        t_returned = null;
        returned.Logits.Dispose();
        returned.Token.Dispose();
    }
}
