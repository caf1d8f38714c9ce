namespace DiceLoss.Native;

/// <summary>The sums of a loss as a list of numbers, which parts add up one by one.</summary>
internal static class SumNumbers
{
    private static readonly SumTerm[] s_terms = Enum.GetValues<SumTerm>();

    /// <summary>Copies the sums that a result was made from: for a loss of the batch, those of all samples together.</summary>
    public static double[] Of(DiceResult result)
    {
        DiceSums sums = result.Options.Reduction == DiceReduction.Batch ? result.Sums.Pooled() : result.Sums;
        double[] numbers = new double[s_terms.LongLength * sums.Samples * sums.Classes];
        long i = 0;
        foreach (SumTerm term in s_terms)
        {
            for (long n = 0; n < sums.Samples; n++)
            {
                foreach (CompensatedSum sum in sums[term, n]) numbers[i++] = sum.Value;
            }
        }

        return numbers;
    }

    /// <summary>Computes the loss of numbers that were added up over parts.</summary>
    /// <param name="part">The result of any of them.</param>
    /// <param name="numbers">The numbers.</param>
    /// <param name="count">How many there are.</param>
    /// <exception cref="ArgumentException">There are more or fewer than of the part, or not all of that is annotated.</exception>
    public static unsafe DiceResult Evaluate(DiceResult part, double* numbers, long count)
    {
        DiceSums sums = new(part.Options.Reduction == DiceReduction.Batch ? 1 : part.Sums.Samples, part.Sums.Classes, part.Sums.TargetKind);
        long needed = s_terms.LongLength * sums.Samples * sums.Classes;
        if (count != needed) throw new ArgumentException($"There are {count} numbers; the part has {needed}.", nameof(count));
        if (!part.IsAnnotatedThroughout) throw new ArgumentException("Some of its classes are not annotated; those of parts all are.", nameof(part));
        foreach (SumTerm term in s_terms)
        {
            for (long n = 0; n < sums.Samples; n++)
            {
                foreach (ref CompensatedSum sum in sums[term, n]) sum = new CompensatedSum(*numbers++, 0);
            }
        }

        return Dice.Evaluate(sums, part.Options, part.LossType);
    }
}
