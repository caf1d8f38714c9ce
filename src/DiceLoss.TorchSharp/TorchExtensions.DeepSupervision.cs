using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

public static partial class TorchExtensions
{
    extension(nn)
    {
        /// <summary>
        /// Makes a module that computes a loss of all outputs of a network with deep supervision; call it with a list of logits, finest
        /// first, and with labels or maps in full resolution.
        /// </summary>
        /// <param name="loss">The loss of each level. It becomes part of this module, and is disposed with it.</param>
        /// <param name="weights">The weight of each level; <see langword="null"/> for <see cref="LevelWeights.Halved"/>.</param>
        /// <returns>The module.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="loss"/> is <see langword="null"/>.</exception>
        public static DeepSupervisionModule DeepSupervisionLoss(DiceLossModule loss, LevelWeights? weights = null)
        {
            ArgumentNullException.ThrowIfNull(loss);
            return new DeepSupervisionModule(nameof(DeepSupervisionLoss), loss, weights ?? LevelWeights.Halved);
        }

        /// <summary>
        /// Makes a module that computes a loss of all outputs of a network with deep supervision; call it with a list of logits, finest
        /// first, and with labels or maps in full resolution.
        /// </summary>
        /// <param name="loss">What to compute for each level.</param>
        /// <param name="weights">The weight of each level; <see langword="null"/> for <see cref="LevelWeights.Halved"/>.</param>
        /// <returns>The module.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="loss"/> is <see langword="null"/>.</exception>
        /// <exception cref="DllNotFoundException">libtorch could not be loaded; the message says why and what to do.</exception>
        public static DeepSupervisionModule DeepSupervisionLoss(DiceOptions loss, LevelWeights? weights = null)
        {
            ArgumentNullException.ThrowIfNull(loss);
            return DeepSupervisionLoss(DiceLoss(loss), weights);
        }
    }
}
