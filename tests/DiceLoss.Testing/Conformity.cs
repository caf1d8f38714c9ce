namespace DiceLoss.Testing;

/// <summary>Whether a provider computes a case as the reference does.</summary>
public static class Conformity
{
    /// <summary>Runs forward and backward of a case and judges loss, sums, gradient and stray writes.</summary>
    public static void Check(IDiceProvider provider, Case what, bool sharpScale = false)
    {
        using var run = new CaseRun(what);
        Check(provider, run, sharpScale);
    }

    /// <summary>Runs forward and backward of a case and judges loss, sums, gradient and stray writes.</summary>
    /// <param name="provider">Who computes.</param>
    /// <param name="run">The case.</param>
    /// <param name="sharpScale">
    /// Whether gradients are judged relative to the largest gradient, also where they cancel; without it, relative to the terms that
    /// they are added up from, which is fair for any input.
    /// </param>
    public static void Check(IDiceProvider provider, CaseRun run, bool sharpScale = false)
    {
        string name = $"{provider.Name} {run.Case}";
        ReferenceResult truth = run.Truth();
        bool comparable = run.Case.LogitsType == ElementType.Float32;
        (double[]? plainLosses, double[]? plainGradient) = comparable ? run.PlainRival() : default((double[]?, double[]?));
        byte[] logits = run.Logits.Snapshot(), labels = run.Labels.Snapshot(), weights = run.Weights?.Snapshot() ?? [];

        DiceResult result = run.Forward(provider);
        Assert.Equal(run.Case.LogitsType == ElementType.Float64 ? ElementType.Float64 : ElementType.Float32, result.LossType);
        double largest = Math.Max(LossScale(run.Case), truth.Losses.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max());

        // A power multiplies the relative error of its base; with one above 2, scores of soft targets are above 1, by any factor.
        double lossScale = run.Case.Options.Exponent > 2 ? run.Case.Options.Exponent * largest : largest;
        ErrorRule.Losses(truth.Losses, result.Losses, plainLosses, result.LossType, lossScale, name);
        Sums(truth, result.Sums, run.Case, name);

        double[] gradient = run.Backward(provider, result);
        double scale = sharpScale ? truth.Gradient.Select(Math.Abs).DefaultIfEmpty().Max() : truth.GradientMagnitude;
        ErrorRule.Gradient(truth.Gradient, gradient, plainGradient, run.Case.LogitsType, scale, name, run.Case.Options.Exponent - 1);
        run.Logits.AssertUnchanged(logits);
        run.Labels.AssertUnchanged(labels);
        run.Weights?.AssertUnchanged(weights);
    }

    /// <summary>The largest loss that a case can reasonably have: 1, or the sum of the weights, times the samples where they are added up.</summary>
    public static double LossScale(Case what)
    {
        double perSample = Math.Max(1, what.Options.ClassWeights?.Sum() ?? 1);
        return what.Options.Reduction == DiceReduction.Sum ? perSample * Math.Max(1, what.Samples) : perSample;
    }

    private static void Sums(ReferenceResult truth, DiceSums ours, Case what, string name)
    {
        // Labels and masks are counted without error. The sum over the classes in a softmax is one addition per class.
        bool isCounted = what.WeightsType is null && (what.Targets == TargetKind.Labels || !what.LabelsType.IsFloatingPoint());
        double part = (what.LogitsType == ElementType.Float64 ? 1e-14 : ErrorRule.RoundingOfFloat) * (4 + Math.Sqrt(what.Classes));

        // The background's target 1 - t has the error of t, a double that is rounded to float.
        bool roundsTargets = what is { Targets: TargetKind.Maps, LabelsType: ElementType.Float64, Channels: 1, Classes: 2 } && what.LogitsType != ElementType.Float64;
        Assert.Equal(what.Samples, ours.Samples);
        Assert.Equal(what.Classes, ours.Classes);
        for (int n = 0; n < ours.Samples; n++)
        {
            for (int k = 0; k < ours.Classes; k++)
            {
                if (isCounted) Assert.Equal(truth.Sums[n].LabelMass[k], ours[SumTerm.LabelMass, n][k].Value);
                if (what.WeightsType is null) Assert.Equal(truth.Sums[n].VoxelMass[k], ours[SumTerm.VoxelMass, n][k].Value);
                double ofTargets = roundsTargets ? ErrorRule.RoundingOfFloat / 4 * what.Options.Exponent * truth.Sums[n].VoxelMass[k] : 0;
                Near(truth.Sums[n].LabelMass[k], ours[SumTerm.LabelMass, n][k].Value, "label mass", n, k, ofTargets);
                Near(truth.Sums[n].VoxelMass[k], ours[SumTerm.VoxelMass, n][k].Value, "voxel mass", n, k);
                Near(truth.Sums[n].Intersection[k], ours[SumTerm.Intersection, n][k].Value, "intersection", n, k, ofTargets);
                Near(truth.Sums[n].PredictionMass[k], ours[SumTerm.PredictionMass, n][k].Value, "prediction mass", n, k);
            }
        }

        // A power multiplies the relative error of its base; a probability of 1e-38 and less has no relative accuracy in float. One of e^-d
        // comes from a distance d between logits that was rounded, by half a unit of its last place.
        void Near(double expected, double actual, string term, int n, int k, double more = 0)
        {
            double distance = what.LogitsType == ElementType.Float64 ? 0 : -Math.Log(Math.Clamp(expected, 1e-38, 1));
            double relative = (part + (distance * ErrorRule.RoundingOfFloat / 2)) * what.Options.Exponent;
            Assert.True(
                Math.Abs(actual - expected) <= (relative * Math.Abs(expected)) + (1e-30 * what.Voxels) + more || expected.Equals(actual),
                $"{name}: {term} of sample {n}, class {k} is {actual:R}, not {expected:R}.");
        }
    }
}
