using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

public static partial class TorchExtensions
{
    extension(nn.functional)
    {
        /// <summary>Computes the sums that a loss or metrics are made of, to be added up over parts, without a loss and outside any autograd graph.</summary>
        /// <param name="x">Logits (N, C, *spatial) of float32, float64, float16 or bfloat16, dense, any strides. Not modified.</param>
        /// <param name="y">Labels (N, *spatial) or maps (N, C, *spatial), as for <c>dice_loss</c>. Not modified.</param>
        /// <param name="options">What is to be computed from the sums: the same for all parts, and for <c>dice_loss_of_sums</c>.</param>
        /// <param name="voxel_weights">As for <c>dice_loss</c>. <see langword="null"/> for 1 each.</param>
        /// <returns>
        /// The sums per sample and class, in main memory. For a loss of the whole batch add up their <see cref="DiceSums.Pooled()"/>; then each part may have
        /// any number of samples.
        /// </returns>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, DiceOptions, Tensor, Tensor)" path="/exception"/>
        public static DiceSums dice_sums(Tensor x, Tensor y, DiceOptions options, Tensor? voxel_weights = null)
        {
            ArgumentNullException.ThrowIfNull(options);
            return TensorDice.Sums(x, y, options, voxel_weights);
        }

        /// <summary>
        /// Computes the loss of given sums, differentiable with respect to the logits of one part: of one process, one device, one micro-batch or one piece of a
        /// volume.
        /// </summary>
        /// <param name="x">The logits of this part, as for <c>dice_sums</c>. Not modified; must not be changed before the backward pass either.</param>
        /// <param name="y">The targets of this part. Not modified; must not be changed before the backward pass either.</param>
        /// <param name="sums">
        /// The sums of all parts, including this one, added up: <see cref="DiceSums.Pooled()"/> for <see cref="DiceReduction.Batch"/>, otherwise with as many
        /// samples as the logits have. Not modified.
        /// </param>
        /// <param name="options">What to compute; the options that the sums were computed with.</param>
        /// <param name="voxel_weights">The voxel weights of this part. Not modified; must not be changed before the backward pass either.</param>
        /// <returns>
        /// The loss of the whole, the same for each part, as <c>dice_loss</c> returns it; logits and targets are not read for it. Its gradient with respect
        /// to the logits of this part is exact: for a network that all parts share, the gradients of the parts add up to that of the whole. Where they are
        /// averaged instead, as over processes, multiply the loss by the number of parts. The loss has no second derivatives.
        /// </returns>
        /// <exception cref="ArgumentNullException">Logits, targets, sums or options are <see langword="null"/>.</exception>
        /// <exception cref="ArgumentException">Types, shapes, devices, layouts, sums or options do not fit; the message names what was found and what is accepted.</exception>
        /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
        /// <exception cref="NotSupportedException">No provider takes tensors of this device and type; the message says why.</exception>
        /// <exception cref="InvalidOperationException">An earlier backward pass has failed; this call has computed nothing.</exception>
        /// <exception cref="InsufficientMemoryException">The number of samples times classes, or of classes alone, needs more working memory than there is.</exception>
        public static Tensor dice_loss_of_sums(Tensor x, Tensor y, DiceSums sums, DiceOptions options, Tensor? voxel_weights = null)
        {
            ArgumentNullException.ThrowIfNull(sums);
            ArgumentNullException.ThrowIfNull(options);
            return TensorDice.LossOfSums(x, y, sums, options, voxel_weights);
        }
    }
}
