namespace DiceLoss.Fuzz.Inputs;

/// <summary>Options with any values, many of them impossible.</summary>
internal static class AnyOptions
{
    /// <summary>Sets options, some of them.</summary>
    /// <param name="input">The bytes.</param>
    /// <param name="classes">How many classes there probably are.</param>
    /// <exception cref="ArgumentException">A value is refused.</exception>
    public static DiceOptions Read(ref Input input, int classes)
    {
        DiceOptions options = DiceOptions.Default;
        for (int changes = input.Below(12); changes > 0; changes--) options = Change(options, ref input, classes);
        return options;
    }

    private static DiceOptions Change(DiceOptions options, ref Input input, int classes) => input.Below(26) switch
    {
        0 => options with { Activation = input.Member<Activation>() },
        1 => options with { Overlap = ReadOverlap(ref input) },
        2 => options with { OverlapWeight = input.Number() },
        3 => options with { CrossEntropy = ReadCrossEntropy(ref input, classes) },
        4 => options with { Focal = ReadFocal(ref input, classes) },
        5 => options with { Form = input.Member<LossForm>() },
        6 => options with { Gamma = input.Number() },
        7 => options with { ClassGammas = ReadWeights(ref input, classes) },
        8 => options with { MinScore = input.Number() },
        9 => options with { Intersection = input.Member<IntersectionForm>() },
        10 => options with { Exponent = (int)input.Stride() },
        11 => options with { Smooth = input.Number() },
        12 => options with { SmoothNumerator = input.Number() },
        13 => options with { SmoothDenominator = input.Number() },
        14 => options with { MinDenominator = input.Number() },
        15 => options with { IgnoreLabel = input.Stride() },
        16 => options with { IgnoreChannel = (int)input.Stride() },
        17 => options with { IncludedClasses = ReadSet(ref input, classes) },
        18 => options with { AbsentClasses = input.Member<AbsentClasses>() },
        19 => options with { ClassPooling = input.Member<ClassPooling>() },
        20 => options with { ClassWeights = ReadWeights(ref input, classes) },
        21 => options with { ClassWeighting = input.Member<ClassWeighting>() },
        22 => options with { ClassAverage = input.Member<ClassAverage>() },
        23 => options with { Reduction = input.Member<DiceReduction>() },
        24 => options with { HardPrediction = input.Member<HardPrediction>() },
        _ => options with { Exponent = 1 + input.Below(4) },
    };

    private static Overlap ReadOverlap(ref Input input) => input.Below(4) switch
    {
        0 => Overlap.Dice,
        1 => Overlap.Jaccard,
        2 => Overlap.Matthews,
        _ => Overlap.Tversky(input.Number(), input.Number()),
    };

    private static CrossEntropy ReadCrossEntropy(ref Input input, int classes) => new()
    {
        Weight = input.Number(),
        LabelSmoothing = input.Flag() ? input.Number() : 0,
        ClassWeights = input.Flag() ? ReadWeights(ref input, classes) : null,
        PositiveWeight = input.Flag() ? input.Number() : null,
    };

    private static Focal ReadFocal(ref Input input, int classes) => new()
    {
        Weight = input.Number(),
        Gamma = input.Number(),
        Alpha = input.Flag() ? input.Number() : null,
        ClassWeights = input.Flag() ? ReadWeights(ref input, classes) : null,
        IncludedClasses = input.Flag() ? ReadSet(ref input, classes) : null,
        Average = input.Member<FocalAverage>(),
    };

    private static ClassWeights ReadWeights(ref Input input, int classes)
    {
        double[] weights = new double[input.Byte() < 0xF0 ? classes : input.Byte()];
        for (int k = 0; k < weights.Length; k++) weights[k] = input.Number();
        return ClassWeights.Create(weights);
    }

    private static ClassSet ReadSet(ref Input input, int classes)
    {
        int[] members = new int[input.Below(4)];
        for (int i = 0; i < members.Length; i++) members[i] = input.Byte() < 0xF0 ? input.Below(classes) : (int)input.Int64();
        return ClassSet.Create(members);
    }
}
