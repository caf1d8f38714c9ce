namespace DiceLoss.Algebra;

/// <summary>What the loss of a class counts in the result: class weights or average, ignored channel, reduction.</summary>
internal static class ClassShares
{
    /// <summary>What a class counts in the loss of a sample; 0 for the ignored channel.</summary>
    public static double OfClass(DiceOptions options, int classes, int k)
    {
        if (k == options.IgnoreChannel) return 0;
        bool ignores = options.IgnoreChannel >= 0 && options.IgnoreChannel < classes;
        int averaged = options.ClassAverage == ClassAverage.Included && ignores ? classes - 1 : classes;
        return options.ClassWeights?[k] ?? 1.0 / averaged;
    }

    /// <summary>What the loss of a sample counts in the result.</summary>
    public static double OfResult(DiceOptions options, long samples) => options.Reduction == DiceReduction.Mean ? 1.0 / samples : 1;
}
