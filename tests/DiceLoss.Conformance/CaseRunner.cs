namespace DiceLoss.Conformance;

/// <summary>Computes a case and compares.</summary>
internal static class CaseRunner
{
    /// <summary>Runs a case.</summary>
    /// <param name="what">The case.</param>
    /// <returns>What became of it.</returns>
    public static Outcome Run(Case what)
    {
        try
        {
            if (what.Logits.Count != 1) throw new UnsupportedException($"{what.Logits.Count} tensors of logits");
            if (what.Logits[0].Shape.Length < 2) throw new UnsupportedException("logits without samples and channels");
            DiceOptions options = PresetTable.Options(what);
            PresetTable.CheckMask(what, options);
            long[] labels = LabelReader.Labels(what, options);
            (double[] losses, double[] gradient) = Computation.Run(what.Logits[0], labels, options);
            string? difference = Difference("loss", what.Expected, losses, what.Tolerance)
                ?? (what.Gradient is null ? null : Difference("gradient", what.Gradient, gradient, what.Tolerance));
            return new Outcome(what.Id, difference is null ? Verdict.Passed : Verdict.Failed, difference ?? "as expected");
        }
        catch (UnsupportedException unsupported)
        {
            return new Outcome(what.Id, Verdict.Skipped, unsupported.Message);
        }
        catch (ArgumentException refused)
        {
            return new Outcome(what.Id, Verdict.Failed, refused.Message);
        }
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
