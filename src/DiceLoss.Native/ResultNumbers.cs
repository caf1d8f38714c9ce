namespace DiceLoss.Native;

/// <summary>The numbers of a result, by the names that they have in C.</summary>
internal static class ResultNumbers
{
    /// <summary>Copies numbers.</summary>
    /// <param name="result">The result.</param>
    /// <param name="name">Which.</param>
    /// <returns>The losses; or one number per sample and class, row-major.</returns>
    /// <exception cref="ArgumentException">There are none of this name.</exception>
    /// <exception cref="InvalidOperationException">They were not counted.</exception>
    public static double[] Of(DiceResult result, string name) => name switch
    {
        "losses" => result.Losses.ToArray(),
        "dice" => PerClass(result, (n, k) => result.Metrics.Dice(n, k)),
        "iou" => PerClass(result, (n, k) => result.Metrics.Iou(n, k)),
        _ when SnakeCase.TryParse(name, out SumTerm term) => PerClass(result, (n, k) => result.Sums[term, n][k].Value),
        _ => throw new ArgumentException($"It is \"{name}\"; it is one of losses, dice, iou, {string.Join(", ", SnakeCase.Names<SumTerm>())}.", nameof(name)),
    };

    private static double[] PerClass(DiceResult result, Func<long, int, double> number)
    {
        (long samples, int classes) = (result.Sums.Samples, result.Sums.Classes);
        double[] numbers = new double[samples * classes];
        for (long i = 0; i < numbers.Length; i++) numbers[i] = number(i / classes, (int)(i % classes));
        return numbers;
    }
}
