using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cuda;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>A loss as a module, called with logits and targets and, where there are any, with voxel weights and annotations.</summary>
/// <typeparam name="TLogits">One tensor of logits, or several.</typeparam>
[SuppressMessage("Naming", "CA1707", Justification = "Named as TorchSharp names its functions.")]
public abstract class LossModule<TLogits> : nn.Module<TLogits, Tensor, Tensor>
{
    private protected LossModule(string name)
        : base(name)
    {
    }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">Logits. Not modified; must not be changed before the backward pass either.</param>
    /// <param name="input2">Targets. Not modified; must not be changed before the backward pass either.</param>
    /// <inheritdoc cref="forward(TLogits, Tensor, Tensor, Tensor)" path="/*[not(self::param)]"/>
    public override Tensor forward(TLogits input1, Tensor input2) => forward(input1, input2, null);

    /// <summary>Computes the loss.</summary>
    /// <param name="logits">
    /// Logits (N, C, *spatial) of float32, float64, float16 or bfloat16, dense, any strides; or several such tensors, for a loss that takes
    /// several. Not modified; must not be changed before the backward pass either.
    /// </param>
    /// <param name="targets">
    /// Labels (N, *spatial) of int8, uint8, int16, int32 or int64: class indices or the ignored label. Or maps (N, C, *spatial), one per
    /// channel: masks of 0 and 1 of these types or bool, or soft targets from 0 to 1 of float32, float64, float16 or bfloat16. Any strides,
    /// on the logits' device. Not modified; must not be changed before the backward pass either.
    /// </param>
    /// <param name="voxel_weights">
    /// A weight per voxel, finite and not negative: float32, float64, float16 or bfloat16, (N, *spatial), or (1, *spatial) for all samples
    /// alike; any strides, on the logits' device. A voxel with weight 0 counts nowhere and gets gradient 0. <see langword="null"/> for 1
    /// each. Not modified; must not be changed before the backward pass either.
    /// </param>
    /// <param name="annotated">
    /// Bool (N, K), on any device, read immediately: whether a class is annotated in a sample. A class that is not has no loss and no
    /// gradient there, and does not count in averages. <see langword="null"/> for all.
    /// </param>
    /// <returns>
    /// The loss on the logits' device, of shape (), (N) for one per sample or (N, K) for one per sample and class; float64 for float64
    /// logits, otherwise float32. It is differentiable with respect to the logits if they require a gradient and gradients are enabled.
    /// </returns>
    /// <exception cref="ArgumentNullException">Logits or targets are <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">Types, shapes, devices, layouts or options do not fit; the message names what was found and what is accepted.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A label is neither a class nor the ignored label, a value of a map neither from 0 to 1 nor that label, or a weight is negative or not finite; the
    /// message names the first such value.
    /// </exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    /// <exception cref="NotSupportedException">No provider takes tensors of this device and type, or the stream is being captured into a graph; the message says why.</exception>
    /// <exception cref="InvalidOperationException">An earlier backward pass has failed; this call has computed nothing.</exception>
    /// <exception cref="InsufficientMemoryException">The number of samples times classes, or of classes alone, needs more working memory than there is.</exception>
    /// <exception cref="CudaException">The CUDA driver or the compiler of kernels failed; the message names the call and says what to do.</exception>
    public abstract Tensor forward(TLogits logits, Tensor targets, Tensor? voxel_weights, Tensor? annotated = null);

    /// <summary>Computes the loss and runs the module's hooks, which see logits, targets and loss.</summary>
    /// <inheritdoc cref="forward(TLogits, Tensor, Tensor, Tensor)"/>
    public Tensor call(TLogits logits, Tensor targets, Tensor? voxel_weights, Tensor? annotated = null) =>
        WithHooks(logits, targets, (x, y) => forward(x, y, voxel_weights, annotated));

    /// <summary>Runs a forward pass between the module's hooks, as <c>call</c> of two arguments does.</summary>
    private protected Tensor WithHooks(TLogits logits, Tensor targets, Func<TLogits, Tensor, Tensor> forward)
    {
        foreach (Action<nn.Module> hook in module_pre_hooks.Values) hook(this);
        foreach (var hook in pre_hooks.Values)
        {
            if (hook(this, logits, targets) is { } changed) (logits, targets) = changed;
        }

        Tensor loss = forward(logits, targets);
        foreach (var hook in post_hooks.Values) loss = hook(this, logits, targets, loss) ?? loss;
        foreach (Action<nn.Module> hook in module_post_hooks.Values) hook(this);
        return loss;
    }
}
