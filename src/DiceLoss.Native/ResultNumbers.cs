namespace DiceLoss.Native;

/// <summary>The numbers of a result, by the names that they have in C.</summary>
internal static class ResultNumbers
{
    /// <summary>Copies numbers.</summary>
    /// <param name="result">The result.</param>
    /// <param name="name">Which.</param>
    /// <returns>The losses; one number per sample and class, row-major; or all sums, as <see cref="SumNumbers"/> lists them.</returns>
    /// <exception cref="ArgumentException">There are none of this name.</exception>
    /// <exception cref="InvalidOperationException">They were not counted.</exception>
    public static double[] Of(DiceResult result, string name) => name switch
    {
        "losses" => result.Losses.ToArray(),
        "sums" => SumNumbers.Of(result),
        "dice" => PerClass(result, result.Metrics, (metrics, n, k) => metrics.Dice(n, k)),
        "iou" => PerClass(result, result.Metrics, (metrics, n, k) => metrics.Iou(n, k)),
        _ when SnakeCase.TryParse(name, out SumTerm term) => PerClass(result, result.Sums, (sums, n, k) => sums[term, n][k].Value),
        _ => throw new ArgumentException($"It is \"{name}\"; it is one of losses, sums, dice, iou, {string.Join(", ", SnakeCase.Names<SumTerm>())}.", nameof(name)),
    };

    // Of what is asked for before there is a first number: metrics that were not counted are refused where there are no samples, too.
    private static double[] PerClass<T>(DiceResult result, T of, Func<T, long, int, double> number)
    {
        (long samples, int classes) = (result.Sums.Samples, result.Sums.Classes);
        double[] numbers = new double[samples * classes];
        for (long i = 0; i < numbers.Length; i++) numbers[i] = number(of, i / classes, (int)(i % classes));
        return numbers;
    }
}
