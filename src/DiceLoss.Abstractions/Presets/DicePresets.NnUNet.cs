namespace DiceLoss;

public static partial class DicePresets
{
    /// <summary>
    /// The losses of nnU-Net (MIC-DKFZ/nnUNet), as of 0e49508 (2026-07-13). Targets of one channel are labels here; regions,
    /// which may overlap, are maps.
    /// </summary>
    public static class NnUNet
    {
        /// <summary>
        /// SoftDiceLoss and MemoryEfficientSoftDiceLoss: the negative mean of (2I + smooth) / max(P + T + smooth, 1e-8) over samples and
        /// classes, in [-1, 0].
        /// </summary>
        /// <param name="applyNonlin">
        /// How logits become probabilities: none (the default of the class), softmax (labels) or sigmoid (regions). The trainer passes
        /// softmax for labels.
        /// </param>
        /// <param name="batchDice">Whether the sums of the samples are added up first.</param>
        /// <param name="doBg">Whether class 0 has a loss. Leave it true for one channel.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative. The trainer passes 1e-5.</param>
        /// <param name="ignoreLabel">
        /// The label of voxels that count nowhere; <see langword="null"/> for none. nnU-Net's <c>loss_mask</c>, of 0 and 1, is
        /// <see cref="DiceTargets.VoxelWeights"/> here.
        /// </param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <remarks>
        /// Not reproduced: <c>clip_tp</c>. What <c>ddp</c> gathers over processes is computed with <see cref="Dice.Sums"/> and <see cref="DiceSums.Add"/> here.
        /// </remarks>
        public static DiceOptions SoftDice(
            Activation applyNonlin = Activation.None,
            bool batchDice = false,
            bool doBg = true,
            double smooth = 1,
            long? ignoreLabel = null) =>
            new DiceOptions
            {
                Activation = PerChannel(applyNonlin, nameof(applyNonlin)),
                Form = LossForm.Negative,
                Smooth = smooth,
                MinDenominator = 1e-8,
                Reduction = batchDice ? DiceReduction.Batch : DiceReduction.Mean,
            }.WithoutBackground(!doBg).WithIgnoredLabel(ignoreLabel);

        /// <summary>
        /// DC_and_CE_loss: weightCe * cross-entropy + weightDice * SoftDiceLoss, both over the softmax, as the trainer has it for labels.
        /// </summary>
        /// <param name="batchDice">Whether the sums of the samples are added up first for the Dice loss.</param>
        /// <param name="doBg">Whether class 0 has a Dice loss; the trainer passes false.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative. The trainer passes 1e-5.</param>
        /// <param name="weightCe">The factor of cross-entropy; finite and not negative.</param>
        /// <param name="weightDice">The factor of the Dice loss; finite and not negative.</param>
        /// <param name="ignoreLabel">The label of voxels that count nowhere; <see langword="null"/> for none.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <remarks>For labels. Where no voxel counts, cross-entropy is 0, as in nnU-Net.</remarks>
        public static DiceOptions DiceCE(
            bool batchDice = false,
            bool doBg = false,
            double smooth = 1e-5,
            double weightCe = 1,
            double weightDice = 1,
            long? ignoreLabel = null) => SoftDice(Activation.Softmax, batchDice, doBg, smooth, ignoreLabel) with
            {
                OverlapWeight = weightDice,
                CrossEntropy = new CrossEntropy { Weight = weightCe },
            };

        /// <summary>
        /// DC_and_BCE_loss: weightCe * binary cross-entropy + weightDice * SoftDiceLoss, both over the sigmoid, as the trainer has it for regions.
        /// </summary>
        /// <param name="batchDice">Whether the sums of the samples are added up first for the Dice loss.</param>
        /// <param name="doBg">Whether channel 0 has a Dice loss; the trainer passes true, since it is a region like the others.</param>
        /// <param name="smooth">Added to numerator and denominator; finite and not negative. The trainer passes 1e-5.</param>
        /// <param name="weightCe">The factor of cross-entropy; finite and not negative.</param>
        /// <param name="weightDice">The factor of the Dice loss; finite and not negative.</param>
        /// <param name="useIgnoreLabel">
        /// Whether there is a mask. In nnU-Net it is the last channel of the target, 1 where nothing counts; here it is
        /// <see cref="DiceTargets.VoxelWeights"/>, 0 in those places and 1 elsewhere, and the targets are the maps of the regions alone.
        /// </param>
        /// <param name="channels">The number of regions, 1 or more; needed for <paramref name="useIgnoreLabel"/>.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <exception cref="ArgumentException">The number of channels is needed and missing.</exception>
        /// <remarks>
        /// With a mask, nnU-Net divides cross-entropy by the number of voxels that count; without one, by voxels times regions. With a mask and K
        /// regions, cross-entropy therefore counts K times as much; that is reproduced. Where no voxel counts, it is 0.
        /// </remarks>
        public static DiceOptions DiceBCE(
            bool batchDice = false,
            bool doBg = true,
            double smooth = 1e-5,
            double weightCe = 1,
            double weightDice = 1,
            bool useIgnoreLabel = false,
            int? channels = null)
        {
            if (channels is not null) ArgumentOutOfRangeException.ThrowIfLessThan(channels.Value, 1, nameof(channels));
            int factor = !useIgnoreLabel ? 1 : channels ?? throw new ArgumentException(
                $"{nameof(channels)} is missing; with {nameof(useIgnoreLabel)} cross-entropy is divided by the voxels alone and needs their number.",
                nameof(channels));
            return SoftDice(Activation.Sigmoid, batchDice, doBg, smooth) with
            {
                OverlapWeight = weightDice,
                CrossEntropy = new CrossEntropy { Weight = factor * weightCe },
            };
        }
    }
}
