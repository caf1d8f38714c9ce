using System.Diagnostics.CodeAnalysis;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// The losses on TorchSharp's own classes, named and ordered as its users expect: <c>torch.nn.DiceLoss</c>, <c>JaccardLoss</c>,
/// <c>TverskyLoss</c>, <c>FocalTverskyLoss</c>, <c>GeneralizedDiceLoss</c>, <c>DiceCELoss</c> and <c>DiceFocalLoss</c> make modules,
/// <c>torch.nn.functional.dice_loss</c> and its siblings compute a loss directly, <c>dice_metrics</c> computes metrics, <c>dice_sums</c> and
/// <c>dice_loss_of_sums</c> are for problems that are too large for one call. <c>DiceLoss</c> and <c>dice_loss</c> accept every other
/// combination as <see cref="DiceOptions"/>; <c>DeepSupervisionLoss</c> applies any of the losses to several outputs.
/// </summary>
/// <remarks>
/// <para>
/// Neither probabilities nor a one-hot mask is ever held in memory: forward reads logits and targets once and allocates nothing of their
/// size, backward reads them once more and writes the gradient. Tensors are read in place, whatever their strides.
/// </para>
/// <para>
/// One step keeps logits, targets and voxel weights alive (not copies of them) until the loss is disposed, because backward reads them. The
/// gradient is handed to libtorch and released as soon as libtorch has taken it over, before the backward pass of the layer below starts;
/// logits that are a leaf of the graph keep that same gradient. Measured with 256 MiB of logits: forward adds nothing, backward one
/// gradient, and afterwards nothing is left of it but what a leaf keeps. <c>autograd.grad</c>, and <c>backward</c> with a list of inputs,
/// run only the part of the graph that leads to these inputs: this library's reference to the gradient then lasts until the caller's dispose
/// scope ends, or until the next loss is called or differentiated on the same thread. A second <c>backward</c> without <c>retain_graph</c>,
/// which functions of libtorch refuse, is not refused: the gradients are added once more.
/// </para>
/// <para>
/// With <c>create_graph</c> the gradient of the Dice loss of labels is computed with differentiable tensor operations in float64, so that
/// derivatives of any order are correct. That is slow, and takes about 35 times the memory of float32 logits at its peak and 14 times while
/// the graph lives. Other losses, a loss per class or of given sums, maps, voxel weights and partially annotated data have no second
/// derivatives: with <c>create_graph</c> their backward pass fails as described below.
/// </para>
/// <para>
/// An exception must not leave libtorch's backward pass: it would end the process. If the backward pass of this loss fails (because logits,
/// targets or weights were changed in place since the forward pass, or memory is exhausted), its gradient is NaN throughout, or missing if not
/// even that can be made (which <c>backward</c> survives, but <c>autograd.grad</c> does not). The next call of any loss of this library, from
/// any thread, then throws an <see cref="InvalidOperationException"/> that says why.
/// </para>
/// <para>
/// Deterministic. Thread-safe, but one graph may be differentiated on only one thread at a time, as with every autograd function of
/// TorchSharp. The formula is in <see cref="DiceOptions"/>.
/// </para>
/// </remarks>
[SuppressMessage("Naming", "CA1707", Justification = "Named as TorchSharp names its functions.")]
[SuppressMessage("Naming", "CA1708", Justification = "Meant are the extension blocks, which have no names.")]
public static partial class TorchExtensions
{
    private static DiceLossModule Module(string name, DiceOptions options, Tensor? weight)
    {
        LibTorch.EnsureLoaded();
        return new DiceLossModule(name, options, weight);
    }

    // What all losses take.
    private static DiceOptions Options(Tensor? weight, int ignoreChannel, long ignoreLabel, double smooth, DiceReduction reduction) => new()
    {
        ClassWeights = weight is null ? null : HostWeights.Copy(weight, nameof(weight)),
        IgnoreChannel = ignoreChannel,
        IgnoreLabel = ignoreLabel,
        Smooth = smooth,
        Reduction = reduction,
    };
}
