using System.Runtime.CompilerServices;
using DiceLoss.Cuda;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

public static partial class TorchExtensions
{
    extension(nn)
    {
        /// <summary>Makes a module that computes the Dice loss of logits and targets; call it with both.</summary>
        /// <param name="weight">One weight per class, shape (K), finite and not negative; copied. <see langword="null"/> for the average of the classes.</param>
        /// <param name="ignore_channel">The class whose loss is left out; a number that is not a class has no effect.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative.</param>
        /// <param name="p">The exponent of the prediction mass; 1 or more.</param>
        /// <param name="reduction">How the losses of the samples become the result.</param>
        /// <returns>The module.</returns>
        /// <exception cref="ArgumentException"><paramref name="weight"/> is not a vector of real numbers, requires a gradient, or is on the meta device.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A value is outside its range; the message names it.</exception>
        /// <exception cref="ObjectDisposedException"><paramref name="weight"/> is disposed.</exception>
        /// <exception cref="DllNotFoundException">libtorch could not be loaded; the message says why and what to do.</exception>
        [OverloadResolutionPriority(1)] // a plain null is no weight
        public static DiceLossModule DiceLoss(
            Tensor? weight = null,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            int p = 1,
            DiceReduction reduction = DiceReduction.Mean) =>
            Module(nameof(DiceLoss), Options(weight, ignore_channel, ignore_label, smooth, reduction) with { Exponent = p }, weight);

        /// <summary>Makes a module that computes any loss of logits and targets, by default the Dice loss; call it with both.</summary>
        /// <param name="options">What to compute.</param>
        /// <returns>The module.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="options"/> is <see langword="null"/>.</exception>
        /// <exception cref="DllNotFoundException">libtorch could not be loaded; the message says why and what to do.</exception>
        public static DiceLossModule DiceLoss(DiceOptions options)
        {
            ArgumentNullException.ThrowIfNull(options);
            return Module(nameof(DiceLoss), options, weight: null);
        }
    }

    extension(nn.functional)
    {
        /// <summary>Computes the Dice loss of logits and targets.</summary>
        /// <param name="x">
        /// Logits (N, C, *spatial) of float32, float64, float16 or bfloat16, dense, any strides. One channel is a two-class problem. Not
        /// modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="y">
        /// Labels (N, *spatial) of int8, uint8, int16, int32 or int64: class indices or <paramref name="ignore_label"/>. Or maps (N, C, *spatial),
        /// one per channel: masks of 0 and 1 of these types or bool, or soft targets from 0 to 1 of any floating-point type of logits. On the
        /// logits' device. Not modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="weight">
        /// One weight per class, shape (K), finite and not negative; <see langword="null"/> for the average of the classes. Read on every
        /// call, which waits for the device if the weights are not in main memory; a module or <see cref="DiceOptions"/> avoid that.
        /// </param>
        /// <param name="ignore_channel">The class whose loss is left out; a number that is not a class has no effect.</param>
        /// <param name="ignore_label">The label of voxels that count nowhere and get gradient 0.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative.</param>
        /// <param name="p">The exponent of the prediction mass; 1 or more.</param>
        /// <param name="reduction">How the losses of the samples become the result.</param>
        /// <returns>
        /// The loss on the logits' device, of shape (), (N) for one per sample or (N, K) for one per sample and class; float64 for float64
        /// logits, otherwise float32. It is differentiable with respect to the logits if they require a gradient and gradients are enabled.
        /// </returns>
        /// <inheritdoc cref="dice_loss(Tensor, Tensor, DiceOptions, Tensor, Tensor)" path="/exception"/>
        [OverloadResolutionPriority(1)] // a plain null is no weight
        public static Tensor dice_loss(
            Tensor x,
            Tensor y,
            Tensor? weight = null,
            int ignore_channel = -1,
            long ignore_label = -1,
            double smooth = 0,
            int p = 1,
            DiceReduction reduction = DiceReduction.Mean) =>
            TensorDice.Loss(x, y, Options(weight, ignore_channel, ignore_label, smooth, reduction) with { Exponent = p });

        /// <summary>Computes any loss of logits and targets, by default the Dice loss.</summary>
        /// <param name="x">
        /// Logits (N, C, *spatial) of float32, float64, float16 or bfloat16, dense, any strides. One channel is a two-class problem. Not
        /// modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="y">
        /// Labels (N, *spatial) of int8, uint8, int16, int32 or int64: class indices or the ignored label. Or maps (N, C, *spatial),
        /// one per channel: masks of 0 and 1 of these types or bool, or soft targets from 0 to 1 of any floating-point type of logits. On the
        /// logits' device. Not modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="options">What to compute.</param>
        /// <param name="voxel_weights">
        /// A weight per voxel, finite and not negative: float32, float64, float16 or bfloat16, (N, *spatial), or (1, *spatial) for all
        /// samples alike; any strides, on the logits' device. A voxel with weight 0 counts nowhere and gets gradient 0.
        /// <see langword="null"/> for 1 each. Not modified; must not be changed before the backward pass either.
        /// </param>
        /// <param name="annotated">
        /// Bool (N, K), on any device, read immediately: whether a class is annotated in a sample. A class that is not has no loss and no
        /// gradient there, and does not count in averages. <see langword="null"/> for all.
        /// </param>
        /// <returns>
        /// The loss on the logits' device, of shape (), (N) for one per sample or (N, K) for one per sample and class; float64 for float64
        /// logits, otherwise float32. It is differentiable with respect to the logits if they require a gradient and gradients are enabled.
        /// </returns>
        /// <exception cref="ArgumentNullException">Logits, targets or options are <see langword="null"/>.</exception>
        /// <exception cref="ArgumentException">Types, shapes, devices, layouts or options do not fit; the message names what was found and what is accepted.</exception>
        /// <exception cref="ArgumentOutOfRangeException">
        /// An option is outside its range, a label is neither a class nor the ignored label, a value of a map neither from 0 to 1 nor that label, or a
        /// weight is negative or not finite.
        /// </exception>
        /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
        /// <exception cref="NotSupportedException">No provider takes tensors of this device and type, or the stream is being captured into a graph; the message says why.</exception>
        /// <exception cref="InvalidOperationException">An earlier backward pass has failed; this call has computed nothing.</exception>
        /// <exception cref="InsufficientMemoryException">The number of samples times classes, or of classes alone, needs more working memory than there is.</exception>
        /// <exception cref="CudaException">The CUDA driver or the compiler of kernels failed; the message names the call and says what to do.</exception>
        public static Tensor dice_loss(Tensor x, Tensor y, DiceOptions options, Tensor? voxel_weights = null, Tensor? annotated = null)
        {
            ArgumentNullException.ThrowIfNull(options);
            return TensorDice.Loss(x, y, options, voxel_weights, annotated);
        }
    }
}
