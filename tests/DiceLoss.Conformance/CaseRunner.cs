using System.Text.Json;

namespace DiceLoss.Conformance;

/// <summary>Computes a case and compares.</summary>
internal static class CaseRunner
{
    /// <summary>Runs a case.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="element">The case as it stands in its file.</param>
    /// <returns>What became of it. One that cannot be read, or that breaks off, has failed; the others are run all the same.</returns>
    public static Outcome Run(string name, JsonElement element)
    {
        try
        {
            Case what = CaseReader.Read(element);
            IReadOnlyList<(Case What, double Weight)> levels = Levels.Of(what);
            double[] losses = [];
            var gradients = new List<double[]>();
            foreach ((Case ofLevel, double weight) in levels)
            {
                (double[] Losses, double[] Gradient) computed = Compute(TargetReader.WithMaskApart(ofLevel));
                losses = Sum(losses, computed.Losses, weight);
                gradients.Add(Sum([], computed.Gradient, weight));
            }

            string? difference = Difference("loss", what.Expected, losses, what.Tolerance)
                ?? (what.Gradient is null ? null : Difference(what.Gradient, gradients, what.Tolerance));
            return new Outcome(name, difference is null ? Verdict.Passed : Verdict.Failed, difference ?? "as expected");
        }
        catch (UnsupportedException unsupported)
        {
            return new Outcome(name, Verdict.Skipped, unsupported.Message);
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidDataException)
        {
            return new Outcome(name, Verdict.Failed, refused.Message);
        }
        catch (Exception unexpected)
        {
            return new Outcome(name, Verdict.Failed, $"{unexpected.GetType().Name}: {unexpected.Message}");
        }
    }

    // A loss may be a sum of several: those of different activations have a call each.
    private static (double[] Losses, double[] Gradient) Compute(Case what)
    {
        (double[] losses, double[] gradient) = ([], []);
        foreach (DiceOptions options in PresetTable.Options(what))
        {
            (double[] Losses, double[] Gradient) computed = Computation.Run(what.Logits[0], TargetReader.Read(what, options), options);
            (losses, gradient) = (Sum(losses, computed.Losses, 1), Sum(gradient, computed.Gradient, 1));
        }

        return (losses, gradient);
    }

    private static double[] Sum(double[] sum, double[] addends, double weight)
    {
        if (sum.Length == 0) sum = new double[addends.Length];
        return sum.Length == addends.Length
            ? [.. sum.Zip(addends, (left, right) => left + (weight * right))]
            : throw new UnsupportedException($"a sum of {sum.Length} and {addends.Length} losses");
    }

    private static string? Difference(IReadOnlyList<Tensor> expected, List<double[]> got, Tolerance tolerance)
    {
        if (expected.Count != got.Count) return $"gradient: expected {expected.Count} tensors, got {got.Count}";
        return expected.Select((tensor, i) => Difference(expected.Count == 1 ? "gradient" : $"gradient[{i}]", tensor, got[i], tolerance))
            .FirstOrDefault(difference => difference is not null);
    }

    private static string? Difference(string name, Tensor expected, double[] got, Tolerance tolerance)
    {
        if (expected.Data.Length != got.Length) return $"{name}: expected {expected.Data.Length} numbers, got {got.Length}";
        int first = -1, count = 0;
        for (int i = got.Length - 1; i >= 0; i--)
        {
            if (tolerance.Accepts(expected.Data[i], got[i])) continue;
            first = i;
            count++;
        }

        return count == 0 ? null : $"{name}[{first}]: expected {expected.Data[first]:R}, got {got[first]:R}; {count} of {got.Length} differ";
    }
}
