using System.Diagnostics.CodeAnalysis;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// The losses on TorchSharp's own classes, named and ordered as its users expect: <c>torch.nn.DiceLoss</c>, <c>JaccardLoss</c>,
/// <c>TverskyLoss</c>, <c>FocalTverskyLoss</c>, <c>GeneralizedDiceLoss</c>, <c>DiceCELoss</c> and <c>DiceFocalLoss</c> make modules,
/// <c>torch.nn.functional.dice_loss</c> and its like compute at once, <c>dice_metrics</c> counts, <c>dice_sums</c> and <c>dice_loss_of_sums</c>
/// are for what is too large for one call. Whatever else <see cref="DiceOptions"/> can combine, <c>DiceLoss</c> and <c>dice_loss</c> take as
/// options; <c>DeepSupervisionLoss</c> applies any of them to several outputs.
/// </summary>
/// <remarks>
/// <para>
/// Neither probabilities nor a one-hot mask are ever in memory: forward reads logits and targets once and allocates nothing voxel-sized,
/// backward reads them once more and writes the gradient. Tensors are read where they lie, whatever their strides.
/// </para>
/// <para>
/// What one step keeps alive: logits, targets and voxel weights (not copies of them) until the loss is disposed, because backward reads
/// them. The gradient is handed to libtorch and let go of right after it was taken over, before the backward pass of the layer below starts;
/// logits that are a leaf of the graph keep that very gradient. Measured with 256 MiB of logits: forward adds nothing, backward one
/// gradient, and afterwards nothing is left of it but what a leaf keeps. <c>autograd.grad</c>, and <c>backward</c> with a list of
/// inputs, run only what leads to these inputs: there this library's reference to the gradient lasts until the caller's dispose scope
/// ends, or the next loss is called or differentiated on the thread that did it. A second <c>backward</c> without <c>retain_graph</c> is not
/// refused, as functions of libtorch's own refuse it: gradients are added up once more.
/// </para>
/// <para>
/// Under <c>create_graph</c> the gradient of the Dice loss of labels is computed with differentiable tensor operations in float64, so that
/// derivatives of any order are right. That is slow, and takes about 35 times the memory of float32 logits at its peak and 14 times while
/// the graph lives. Other losses, a loss per class or of given sums, maps, voxel weights and partly annotated data have no second derivatives:
/// their backward pass fails then, as below.
/// </para>
/// <para>
/// An exception must not leave libtorch's backward pass; it would end the process. If the backward pass of this loss fails (logits,
/// targets or weights were changed in place since the forward pass, memory is exhausted), its gradient is NaN throughout, or missing where not
/// even that can be made (which <c>autograd.grad</c>, unlike <c>backward</c>, does not survive), and the next call of a loss, whichever and
/// from whatever thread, throws an
/// <see cref="InvalidOperationException"/> that says why.
/// </para>
/// <para>
/// Deterministic. Thread-safe; but one graph is differentiated on one thread at a time, as with every autograd function of TorchSharp.
/// The formula is in <see cref="DiceOptions"/>.
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
