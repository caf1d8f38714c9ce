using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// A node that libtorch runs right after the backward pass of the loss: the moment to let go of the gradient that was returned there.
/// </summary>
/// <remarks>
/// Of the nodes that are ready, libtorch runs the one made last. This one is made just before the loss's and after everything that
/// computed the logits, and the loss depends on it through a token; so it runs after the loss's node and before the gradient travels on
/// into the network. Without it the gradient would stay in memory throughout the backward pass of the network.
/// </remarks>
internal sealed class GradientRelease : autograd.SingleTensorFunction<GradientRelease>
{
    // A leaf that wants a gradient and never gets one: it makes libtorch run this node.
    private static readonly Tensor s_leaf = Leaf();

    public override string Name => "DiceLossGradientRelease";

    /// <summary>Makes a scalar for the loss's node to depend on.</summary>
    public static Tensor Token(DiceCall call)
    {
        using Tensor blank = call.Token();
        return apply(s_leaf, new Argument(blank));
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.set_materialize_grads(false);
        return ((Argument)vars[1]).Blank;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        grad_output.Dispose();
        ReturnedGradient.Release();
        return [null!, null!];
    }

    private static Tensor Leaf()
    {
        using IDisposable usableEverywhere = inference_mode(false);
        return zeros([], requires_grad: true).DetachFromDisposeScope();
    }

    /// <summary>What the node is made from besides its input.</summary>
    private sealed record Argument(Tensor Blank);
}
