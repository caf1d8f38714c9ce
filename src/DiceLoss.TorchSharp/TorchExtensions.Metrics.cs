using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

public static partial class TorchExtensions
{
    extension(nn.functional)
    {
        /// <summary>Computes any loss and, in the same pass, Dice and IoU of the hard prediction.</summary>
        /// <param name="x">
        /// Logits (N, C, *spatial) of float32, float64, float16 or bfloat16, dense, any strides. One channel is a two-class problem. Not
        /// modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="y">
        /// Labels (N, *spatial) of int8, uint8, int16, int32 or int64: class indices or the ignored label. Or masks (N, C, *spatial), one per
        /// channel: 0 and 1 of these types or bool. On the logits' device. Not modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="options">
        /// What to compute; <see langword="null"/> for the Dice loss. If <see cref="DiceOptions.HardPrediction"/> is
        /// <see cref="HardPrediction.None"/>, the prediction is <see cref="HardPrediction.Argmax"/> for classes that compete and for labels
        /// of several channels without activation, otherwise <see cref="HardPrediction.Threshold"/>.
        /// </param>
        /// <param name="voxel_weights">As for <c>dice_loss</c>; the counts are weighted as well. <see langword="null"/> for 1 each.</param>
        /// <param name="annotated">As for <c>dice_loss</c>; a class that is not annotated scores NaN. <see langword="null"/> for all.</param>
        /// <returns>The loss, as <c>dice_loss</c> returns it, and the metrics.</returns>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, DiceOptions, Tensor, Tensor)" path="/exception"/>
        public static (Tensor loss, DiceMetrics metrics) dice_loss_and_metrics(
            Tensor x, Tensor y, DiceOptions? options = null, Tensor? voxel_weights = null, Tensor? annotated = null) =>
            TensorDice.LossAndMetrics(x, y, options ?? DiceOptions.Default, voxel_weights, annotated);

        /// <summary>Computes Dice and IoU of the hard prediction for evaluation, without a loss and outside any autograd graph.</summary>
        /// <param name="x">Logits, or with <see cref="Activation.None"/> probabilities, (N, C, *spatial) of float32, float64, float16 or bfloat16, dense, any strides. Not modified.</param>
        /// <param name="y">Labels (N, *spatial) of integers, or masks (N, C, *spatial) of integers or bool, on the logits' device. Not modified.</param>
        /// <param name="options">
        /// Only <see cref="DiceOptions.Activation"/>, <see cref="DiceOptions.IgnoreLabel"/> and <see cref="DiceOptions.HardPrediction"/> are used,
        /// the last as in <c>dice_loss_and_metrics</c>; <see langword="null"/> for the defaults.
        /// </param>
        /// <param name="voxel_weights">As for <c>dice_loss</c>; the counts are weighted as well. <see langword="null"/> for 1 each.</param>
        /// <param name="annotated">As for <c>dice_loss</c>; a class that is not annotated scores NaN. <see langword="null"/> for all.</param>
        /// <returns>The metrics.</returns>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, DiceOptions, Tensor, Tensor)" path="/exception"/>
        public static DiceMetrics dice_metrics(
            Tensor x, Tensor y, DiceOptions? options = null, Tensor? voxel_weights = null, Tensor? annotated = null) =>
            TensorDice.Metrics(x, y, options ?? DiceOptions.Default, voxel_weights, annotated);
    }
}
