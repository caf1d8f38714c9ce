using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>The loss as a node of libtorch's graph. The loss itself is computed before; this only knows the way back.</summary>
/// <remarks>
/// Inputs of the node: the token of <see cref="GradientRelease"/>, the logits, and <see cref="Arguments"/>, which libtorch does not see.
/// No exception leaves <see cref="backward"/>: in the middle of libtorch's backward pass it would end the process.
/// </remarks>
internal sealed class DiceFunction : autograd.SingleTensorFunction<DiceFunction>
{
    public override string Name => "DiceLoss";

    /// <summary>Makes a loss that leads back to the logits. The caller keeps all tensors alive.</summary>
    public static Tensor Attach(Tensor loss, Tensor logits, TensorTargets targets, DiceCall call)
    {
        // A leaf keeps the gradient it gets, but copies it if somebody else holds it too; and it gets it before anything else runs. Behind
        // a view, which has a node of its own, it comes after the release.
        using Tensor? view = logits.is_leaf ? logits.view_as(logits) : null;
        using Tensor token = GradientRelease.Token(call);
        return apply(token, view ?? logits, new Arguments(loss, logits, targets, call));
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (loss, logits, targets, call) = (Arguments)vars[2];
        ctx.set_materialize_grads(false);
        ctx.save_for_backward(targets.VoxelWeights is { } weights ? [logits, targets.Values, weights] : [logits, targets.Values]);
        ctx.save_data(nameof(DiceCall), call);
        return loss;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using Tensor upstream = grad_output;
        try
        {
            var call = (DiceCall)ctx.get_data(nameof(DiceCall));
            ReturnedGradient.Release();
            return upstream.IsInvalid ? NoGradients() : Gradients(ctx, call, upstream); // invalid: the loss plays no part in what is differentiated
        }
        catch (Exception failure)
        {
            // Where not even NaN can be made.
            DeferredFailure.Record(failure);
            return NoGradients();
        }
    }

    private static List<Tensor> Gradients(autograd.AutogradContext ctx, DiceCall call, Tensor upstream)
    {
        try
        {
            return Gradients(call, Gradient(ctx, call, upstream));
        }
        catch (Exception failure)
        {
            DeferredFailure.Record(failure);
            return Gradients(call, is_grad_enabled() ? NotANumber(ctx, call) : call.NotANumber());
        }
    }

    private static Tensor Gradient(autograd.AutogradContext ctx, DiceCall call, Tensor upstream)
    {
        List<Tensor> saved = ctx.get_saved_variables(); // fails if one was changed in place since
        using Tensor logits = saved[0], values = saved[1];
        using Tensor? voxelWeights = saved.Count > 2 ? saved[2] : null;
        if (is_grad_enabled()) return DifferentiableGradient.Of(logits, values, voxelWeights, upstream, call);

        using Tensor? negated = upstream.is_neg() ? upstream.resolve_neg() : null; // complex numbers give lazily negated gradients to their parts
        Tensor gradient = empty_like(logits);
        try
        {
            // What is annotated is known from the result.
            DiceTargets targets = new TensorTargets(values, voxelWeights, []).View();
            TensorDescriptor logitsView = TensorView.Of(logits), gradientView = TensorView.Of(gradient);
            LargePages.Advise(gradientView);
            Dice.Backward(
                call.Result, logitsView, targets, TensorView.Of(negated ?? upstream), gradientView,
                provider: call.Provider, stream: CudaStream.Current(logitsView.Device));
            return gradient;
        }
        catch
        {
            gradient.Dispose();
            throw;
        }
    }

    // Whoever differentiates it once more shall find NaN again: libtorch ends the process where a gradient leads nowhere.
    private static Tensor NotANumber(autograd.AutogradContext ctx, DiceCall call)
    {
        using var scope = NewDisposeScope();
        using Tensor nothing = call.NotANumber();
        try
        {
            Tensor logits = ctx.get_saved_variables()[0];
            return (logits.sum() * nothing).MoveToOuterDisposeScope();
        }
        catch (System.Runtime.InteropServices.ExternalException)
        {
            return call.NotANumber().MoveToOuterDisposeScope(); // the logits were changed since, and cannot be asked
        }
    }

    // One per input of the node.
    private static List<Tensor> Gradients(DiceCall call, Tensor gradient)
    {
        (Tensor logits, Tensor token) = ReturnedGradient.Root(gradient, call);
        return [token, logits, null!];
    }

    private static List<Tensor> NoGradients() => [null!, null!, null!];

    /// <summary>What the node is made from besides its inputs.</summary>
    private sealed record Arguments(Tensor Loss, Tensor Logits, TensorTargets Targets, DiceCall Call);
}
