using DiceLoss.Bench.Inputs;
using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.Bench.Rivals;

/// <summary>A loss of tensors, differentiated by autograd down to the logits: what a training step pays for it.</summary>
/// <param name="name">What it is called in tables and results.</param>
/// <param name="loss">The loss, a scalar, from logits (N, C, *spatial) and labels (N, *spatial).</param>
/// <param name="takes">Which problems it is for.</param>
internal sealed class EagerDice(string name, Func<Tensor, Tensor, Tensor> loss, Func<ProblemShape, bool> takes) : IRival
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool Takes(ProblemShape shape) => takes(shape) && !shape.ChannelsLast;

    /// <inheritdoc/>
    public bool AllocatesGradient => true;

    /// <inheritdoc/>
    public double Step(RivalInputs inputs, double[]? gradient = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor value = loss(inputs.Logits, inputs.Labels);
        Tensor result = autograd.grad([value], [inputs.Logits])[0];
        if (gradient is not null) result.to_type(ScalarType.Float64).contiguous().data<double>().CopyTo(gradient);
        return value.to_type(ScalarType.Float64).item<double>();
    }
}
