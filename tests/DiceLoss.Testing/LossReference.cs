namespace DiceLoss.Testing;

/// <summary>
/// Any loss in double, each definition spelled out for itself: the overlap as a function of the sums alone. Nobody optimises this file,
/// and it shares nothing with the code it judges but the options; derivatives are taken from it by differences.
/// </summary>
public static class LossReference
{
    /// <summary>The whole loss: overlap, cross-entropy and focal loss, as far as they are asked for.</summary>
    /// <param name="shape">(N, C, *spatial).</param>
    /// <param name="logits">Row-major.</param>
    /// <param name="targets">What they are compared with.</param>
    /// <param name="options">What to compute.</param>
    public static double[] Losses(long[] shape, double[] logits, ReferenceTargets targets, DiceOptions options)
    {
        double[] losses = [.. Losses(Reference.Losses(shape, logits, targets, options).Sums, options).Select(overlap => options.OverlapWeight * overlap)];
        double[] crossEntropy = options.CrossEntropy is null ? new double[losses.Length] : CrossEntropyReference.Losses(shape, logits, targets, options);
        double[] focal = options.Focal is null ? new double[losses.Length] : FocalReference.Losses(shape, logits, targets, options);
        return [.. losses.Select((overlap, i) => overlap + crossEntropy[i] + focal[i])];
    }

    /// <summary>The losses of the overlap, reduced as the options say.</summary>
    /// <param name="sums">Per sample.</param>
    /// <param name="options">What to compute.</param>
    public static double[] Losses(ReferenceSums[] sums, DiceOptions options)
    {
        int classes = sums.Length == 0 ? 0 : sums[0].Intersection.Length;
        ReferenceSums[] groups = options.Reduction == DiceReduction.Batch ? [ReferenceSums.Pooled(sums, classes)] : sums;
        if (options.Reduction == DiceReduction.PerClass)
        {
            return [.. groups.SelectMany(group => Enumerable.Range(0, classes).Select(k =>
                HasLoss(group, k, options) && WeightSum(group, options) > 0 ? (options.ClassWeights?[k] ?? 1) / WeightSum(group, options) * ClassLoss(group, k, options) : 0))];
        }

        double[] losses = [.. groups.Select(group => options.ClassPooling == ClassPooling.None ? Average(group, options) : Pooled(group, options))];
        return options.Reduction switch
        {
            DiceReduction.None => losses,
            DiceReduction.Mean => [losses.Average()],
            _ => [losses.Sum()],
        };
    }

    private static double Average(ReferenceSums group, DiceOptions options)
    {
        double total = 0;
        for (int k = 0; k < group.Intersection.Length; k++)
        {
            if (HasLoss(group, k, options)) total += (options.ClassWeights?[k] ?? 1) * ClassLoss(group, k, options);
        }

        double divisor = options.ClassWeights is null ? Averaged(group, options).Count() : WeightSum(group, options);
        return divisor == 0 ? 0 : total / divisor;
    }

    private static double WeightSum(ReferenceSums group, DiceOptions options) => options.ClassWeights is { } weights && options.ClassWeighting == ClassWeighting.Normalized
        ? Averaged(group, options).Sum(k => weights[k])
        : 1;

    private static IEnumerable<int> Averaged(ReferenceSums group, DiceOptions options) =>
        Enumerable.Range(0, group.Intersection.Length).Where(k => group.Annotated[k] && (options.ClassAverage == ClassAverage.All || IsIncluded(k, options)))
            .Where(k => options.AbsentClasses != AbsentClasses.Excluded || group.LabelMass[k] > 0);

    private static bool IsIncluded(int k, DiceOptions options) =>
        k != options.IgnoreChannel && (options.IncludedClasses is null || options.IncludedClasses.ToList().Contains(k));

    private static bool HasLoss(ReferenceSums group, int k, DiceOptions options) =>
        IsIncluded(k, options) && group.Annotated[k] && (group.LabelMass[k] > 0 || options.AbsentClasses == AbsentClasses.AsDefined);

    private static double ClassLoss(ReferenceSums group, int k, DiceOptions options)
    {
        double score = Score(group.Intersection[k], group.PredictionMass[k], group.LabelMass[k], group.VoxelMass[k], options);
        return Form(score, options.ClassGammas?[k] ?? options.Gamma, options);
    }

    private static double Pooled(ReferenceSums group, DiceOptions options)
    {
        int classes = group.Intersection.Length;
        double power = options.ClassPooling switch { ClassPooling.Uniform => 0, ClassPooling.InverseLabelMass => 1, _ => 2 };
        double[] weights = [.. Enumerable.Range(0, classes).Select(k => Math.Pow(group.LabelMass[k], -power))];
        int[] known = [.. Enumerable.Range(0, classes).Where(k => IsIncluded(k, options) && group.Annotated[k])];
        if (known.Length == 0) return 0;
        double largest = known.Where(k => double.IsFinite(weights[k])).Select(k => weights[k]).DefaultIfEmpty(0).Max();
        double intersection = 0, predictionMass = 0, labelMass = 0, voxels = 0;
        foreach (int k in known)
        {
            double weight = (double.IsFinite(weights[k]) ? weights[k] : largest) * (options.ClassWeights?[k] ?? 1);
            intersection += weight * group.Intersection[k];
            predictionMass += weight * group.PredictionMass[k];
            labelMass += weight * group.LabelMass[k];
            voxels += weight * group.VoxelMass[k];
        }

        if (labelMass == 0 && options.AbsentClasses != AbsentClasses.AsDefined) return 0;
        return Form(Score(intersection, predictionMass, labelMass, voxels, options), options.Gamma, options);
    }

    private static double Score(double intersection, double predictionMass, double labelMass, double voxels, DiceOptions options)
    {
        double a = options.SmoothNumerator ?? options.Smooth, b = options.SmoothDenominator ?? options.Smooth;
        double truePositives = intersection, falsePositives = predictionMass - intersection, falseNegatives = labelMass - intersection;
        switch (options.Overlap)
        {
            case DiceOverlap:
                return Quotient((2 * truePositives) + a, (2 * truePositives) + falsePositives + falseNegatives + b);
            case JaccardOverlap:
                return Quotient(truePositives + a, truePositives + falsePositives + falseNegatives + b);
            case TverskyOverlap tversky:
                return Quotient(truePositives + a, truePositives + (tversky.Alpha * falsePositives) + (tversky.Beta * falseNegatives) + b);
            default:
                double trueNegatives = voxels - truePositives - falsePositives - falseNegatives;
                (truePositives, falsePositives, falseNegatives, trueNegatives) = (truePositives + a, falsePositives + a, falseNegatives + a, trueNegatives + a);
                if (predictionMass + (2 * a) == 0 && labelMass + (2 * a) == 0) return 1;
                if (voxels - predictionMass + (2 * a) == 0 && voxels - labelMass + (2 * a) == 0) return 1;
                double product = (predictionMass + (2 * a)) * (labelMass + (2 * a)) * (voxels - labelMass + (2 * a)) * (voxels - predictionMass + (2 * a));
                return product <= 0 ? 0 : ((truePositives * trueNegatives) - (falsePositives * falseNegatives)) / Math.Sqrt(product);
        }

        double Quotient(double numerator, double denominator)
        {
            denominator = Math.Max(denominator, options.MinDenominator);
            return denominator == 0 ? 1 : numerator / denominator;
        }
    }

    private static double Form(double score, double gamma, DiceOptions options) => options.Form switch
    {
        LossForm.Complement => gamma == 1 ? 1 - score : Math.Pow(Math.Max(1 - score, 0), gamma),
        LossForm.Negative => -score,
        LossForm.NegativeLogarithm => -Math.Log(Math.Max(score, options.MinScore)),
        _ => Math.Log((Math.Exp(1 - score) + Math.Exp(score - 1)) / 2),
    };
}
