namespace DiceLoss;

public static partial class DicePresets
{
    /// <summary>The Dice loss of nnU-Net (MIC-DKFZ/nnUNet), as of 0e49508 (2026-07-13).</summary>
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
        /// The label of voxels that count nowhere, nnU-Net's ignore label or <c>loss_mask</c>; <see langword="null"/> for none.
        /// </param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is none of the accepted values; the message names them.</exception>
        /// <remarks>
        /// Not reproduced: <c>clip_tp</c>. The gathering of <c>ddp</c> is <see cref="Dice.Sums"/> and <see cref="DiceSums.Add"/> here.
        /// Regions may overlap in nnU-Net; labels cannot say so.
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
        /// <param name="weightCe">What cross-entropy counts, finite and not negative.</param>
        /// <param name="weightDice">What the Dice loss counts, finite and not negative.</param>
        /// <param name="ignoreLabel">The label of voxels that count nowhere; <see langword="null"/> for none.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is none of the accepted values; the message names them.</exception>
        /// <remarks>Where no voxel counts, cross-entropy is 0, as there.</remarks>
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
    }
}
