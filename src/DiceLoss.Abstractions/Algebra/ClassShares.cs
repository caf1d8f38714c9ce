namespace DiceLoss.Algebra;

/// <summary>What the loss of a class counts in the result: class weights or average, ignored channel, reduction.</summary>
internal static class ClassShares
{
    /// <summary>What each class counts in the loss of a sample; 0 for the ignored channel.</summary>
    public static double[] OfSample(DiceOptions options, int classes)
    {
        bool ignores = options.IgnoreChannel >= 0 && options.IgnoreChannel < classes;
        int averaged = options.ClassAverage == ClassAverage.Included && ignores ? classes - 1 : classes;
        double[] shares = new double[classes];
        for (int k = 0; k < classes; k++)
        {
            if (k != options.IgnoreChannel) shares[k] = options.ClassWeights?[k] ?? 1.0 / averaged;
        }

        return shares;
    }

    /// <summary>What the loss of a sample counts in the result.</summary>
    public static double OfResult(DiceOptions options, long samples) => options.Reduction == DiceReduction.Mean ? 1.0 / samples : 1;
}
