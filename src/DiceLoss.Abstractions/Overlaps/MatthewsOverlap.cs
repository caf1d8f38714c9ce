namespace DiceLoss;

/// <summary>
/// The Matthews correlation (TP TN - FP FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN)), with TP = I, FP = P - I, FN = T - I and TN = M - P - T + I,
/// to each of which the smoothing of the numerator is added. In [-1, 1]. Where a factor under the root is not positive it is 0; but it is 1 where nothing
/// is labelled and nothing predicted, or everything is labelled and predicted. The smoothing of the denominator is not used.
/// </summary>
/// <remarks>
/// K. Abhishek, G. Hamarneh, "Matthews correlation coefficient loss for deep convolutional networks: application to skin lesion
/// segmentation", ISBI 2021. Meant for exponent 1: only then do the counts add up to M.
/// </remarks>
public sealed record MatthewsOverlap : Overlap
{
    /// <inheritdoc/>
    public override OverlapValue Evaluate(in RegionSums sums, in Smoothing smoothing)
    {
        double smooth = smoothing.Numerator;
        double truePositives = sums.Intersection + smooth;
        double falsePositives = sums.PredictionMass - sums.Intersection + smooth;
        double falseNegatives = sums.LabelMass - sums.Intersection + smooth;
        double trueNegatives = sums.VoxelMass - sums.PredictionMass - sums.LabelMass + sums.Intersection + smooth;

        // Sums of two counts, from what they are sums of: where one is 0, it is exactly 0.
        double predicted = sums.PredictionMass + (2 * smooth), notPredicted = sums.VoxelMass - sums.PredictionMass + (2 * smooth);
        double labelled = sums.LabelMass + (2 * smooth), notLabelled = sums.VoxelMass - sums.LabelMass + (2 * smooth);
        if ((predicted == 0 && labelled == 0) || (notPredicted == 0 && notLabelled == 0)) return OverlapValue.Nothing;
        if (predicted <= 0 || notPredicted <= 0 || labelled <= 0 || notLabelled <= 0) return default;

        double root = Math.Sqrt(predicted * labelled) * Math.Sqrt(notLabelled * notPredicted);
        double score = ((truePositives * trueNegatives) - (falsePositives * falseNegatives)) / root;
        return new OverlapValue(
            score,
            (truePositives + trueNegatives + falsePositives + falseNegatives) / root,
            ((-truePositives - falseNegatives) / root) - (score / 2 * ((1 / predicted) - (1 / notPredicted))));
    }
}
