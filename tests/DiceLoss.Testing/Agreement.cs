namespace DiceLoss.Testing;

/// <summary>Whether providers agree: in every sum, in the loss and in the gradient.</summary>
public static class Agreement
{
    /// <summary>Against another provider that works on the same numbers in float64.</summary>
    /// <param name="provider">Who is judged.</param>
    /// <param name="judge">Who judges.</param>
    /// <param name="what">The case.</param>
    /// <param name="placement">Where the tensors of the judged one lie.</param>
    /// <param name="ofSums">Whether sums are compared as well. Each voxel's part in them may be off by what the loss may, and these parts add up.</param>
    public static void Holds(IDiceProvider provider, IDiceProvider judge, Case what, Placement placement = Placement.Anywhere, bool ofSums = true)
    {
        using var run = new CaseRun(what, placement: placement);
        using var wide = new CaseRun(what with { LogitsType = ElementType.Float64 }, logits => run.Logits.Numbers().CopyTo(logits, 0));
        string name = $"{provider.Name} {what}";
        DiceResult ours = run.Forward(provider), truth = wide.Forward(judge);
        if (ofSums) Sums(truth.Sums, ours.Sums, what, name);
        double greatest = truth.Losses.ToArray().Select(Math.Abs).DefaultIfEmpty().Max();
        ErrorRule.Losses(truth.Losses.ToArray(), ours.Losses, null, ours.LossType, Math.Max(1, greatest), name);

        double[] expected = wide.Backward(judge, truth);
        ErrorRule.Gradient(expected, run.Backward(provider, ours), null, what.LogitsType, expected.Select(Math.Abs).DefaultIfEmpty().Max(), name);
    }

    /// <summary>Of sums: terms of float32 are good to some 2^-22 of the largest addend.</summary>
    /// <param name="expected">The sums of the same numbers in float64.</param>
    /// <param name="actual">The sums that are judged.</param>
    /// <param name="what">The case.</param>
    /// <param name="name">What is printed on failure.</param>
    public static void Sums(DiceSums expected, DiceSums actual, Case what, string name)
    {
        double part = what.LogitsType == ElementType.Float64 ? 1e-13 : 2e-6;
        for (int n = 0; n < expected.Samples; n++)
        {
            foreach (SumTerm term in Enum.GetValues<SumTerm>())
            {
                for (int k = 0; k < expected.Classes; k++)
                {
                    double truth = expected[term, n][k].Value, ours = actual[term, n][k].Value;
                    Assert.True(
                        Math.Abs(ours - truth) <= part * what.Options.Exponent * (1 + Math.Abs(truth)) || truth.Equals(ours),
                        $"{name}: {term} of sample {n}, class {k} is {ours:R}, not {truth:R}.");
                }
            }
        }
    }
}
