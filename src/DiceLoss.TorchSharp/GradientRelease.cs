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
        return apply(s_leaf, new Arguments(blank, call));
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (blank, call) = (Arguments)vars[1];
        ctx.set_materialize_grads(false);
        ctx.save_data(nameof(DiceCall), call);
        return blank;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        grad_output.Dispose();
        ((DiceCall)ctx.get_data(nameof(DiceCall))).Release();
        return [null!, null!];
    }

    private static Tensor Leaf()
    {
        using IDisposable usableEverywhere = inference_mode(false);
        return zeros([], requires_grad: true).DetachFromDisposeScope();
    }

    private sealed record Arguments(Tensor Blank, DiceCall Call);
}
