namespace DiceLoss;

public static partial class DicePresets
{
    /// <summary>The losses of Keras 3, as of 3422977 (2026-08-21): one score over all classes, samples and voxels; a scalar.</summary>
    /// <remarks>
    /// Keras takes probabilities; an activation given here takes the place of the last layer's. Keras's targets are maps, either masks or soft targets; labels given here
    /// stand for one-hot maps. Its channels may be in any dimension, since the sums go over everything. Its <c>axis</c> is not reproduced: for a score per sample set
    /// <see cref="DiceOptions.Reduction"/> on the result to <see cref="DiceReduction.Mean"/>, for one per class <see cref="DiceOptions.ClassPooling"/> to
    /// <see cref="ClassPooling.None"/>.
    /// </remarks>
    public static class Keras
    {
        // backend.epsilon()
        private const double Epsilon = 1e-7;

        /// <summary>Dice: 1 - 2I / (P + T + 1e-7).</summary>
        /// <param name="activation">How logits become probabilities: none (the default), sigmoid or softmax.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        public static DiceOptions Dice(Activation activation = Activation.None) => new()
        {
            Activation = PerChannel(activation, nameof(activation)),
            ClassPooling = ClassPooling.Uniform,
            SmoothDenominator = Epsilon,
            Reduction = DiceReduction.Batch,
        };

        /// <summary>Tversky: 1 - I / (I + alpha (P - I) + beta (T - I) + 1e-7).</summary>
        /// <param name="alpha">The weight of false positives; finite and not negative.</param>
        /// <param name="beta">The weight of false negatives; finite and not negative.</param>
        /// <param name="activation">How logits become probabilities: none (the default), sigmoid or softmax.</param>
        /// <returns>The options.</returns>
        /// <exception cref="ArgumentOutOfRangeException">An argument is not one of the accepted values; the message names them.</exception>
        /// <remarks>
        /// As Keras documents it. The code of some releases (702a719, for example) has the names of the two counts exchanged, so that its alpha
        /// weighs false negatives: exchange alpha and beta to reproduce those.
        /// </remarks>
        public static DiceOptions Tversky(double alpha = 0.5, double beta = 0.5, Activation activation = Activation.None) =>
            Dice(activation) with { Overlap = Overlap.Tversky(alpha, beta) };
    }
}
