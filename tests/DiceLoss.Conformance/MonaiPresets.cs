using static DiceLoss.DicePresets;

namespace DiceLoss.Conformance;

/// <summary>How parameters of MONAI become options: those of one loss, or of several whose sum it is, where they see different activations.</summary>
internal static class MonaiPresets
{
    public static DiceOptions[] Dice(CaseParameters p, Case what) => [DiceOf(p, what, 1)];

    public static DiceOptions[] GeneralizedDice(CaseParameters p, Case what) =>
    [
        Monai.GeneralizedDice(
            Background(p, what),
            DiceActivation(p, what),
            p.Choice(
                "w_type", "square",
                ("square", ClassPooling.InverseSquaredLabelMass), ("simple", ClassPooling.InverseLabelMass), ("uniform", ClassPooling.Uniform)),
            Reduction(p), p.Number("smooth_nr", 1e-5), p.Number("smooth_dr", 1e-5), p.Bool("batch", false), p.Bool("soft_label", false)),
    ];

    public static DiceOptions[] Tversky(CaseParameters p, Case what) =>
    [
        Monai.Tversky(
            Background(p, what), DiceActivation(p, what), p.Number("alpha", 0.5), p.Number("beta", 0.5),
            Reduction(p), p.Number("smooth_nr", 1e-5), p.Number("smooth_dr", 1e-5), p.Bool("batch", false), p.Bool("soft_label", false), Channels(what)),
    ];

    public static DiceOptions[] DiceCE(CaseParameters p, Case what)
    {
        int channels = Channels(what);
        bool isBinary = channels == 1;
        ClassWeights? weight = p.Weights("weight");
        (double lambdaDice, double lambdaCe) = (p.Number("lambda_dice", 1), p.Number("lambda_ce", 1));

        // Cross-entropy sees the softmax, of one channel the sigmoid, where nothing is smoothed; Dice what it is told.
        double smoothing = p.Number("label_smoothing", 0);
        Activation activation = DiceActivation(p, what);
        bool together = activation == (isBinary ? Activation.Sigmoid : Activation.Softmax) && !(p.Bool("batch", false) && Reduction(p) == DiceReduction.Sum);
        DiceOptions both = Monai.DiceCE(
            channels, Background(p, what), p.Bool("squared_pred", false), p.Bool("jaccard", false), Reduction(p), p.Number("smooth_nr", 1e-5),
            p.Number("smooth_dr", 1e-5), together && p.Bool("batch", false), isBinary ? null : weight, isBinary ? weight?[0] : null,
            together ? lambdaDice : 0, lambdaCe, isBinary ? 0 : smoothing);
        if (together) return [both];
        ClassWeights? ofDice = weight is null || Background(p, what) ? weight : ClassWeights.Create([.. weight.Skip(1)]);
        return [DiceOf(p, what, lambdaDice, ofDice), both];
    }

    public static DiceOptions[] Focal(CaseParameters p, Case what)
    {
        DiceOptions options = FocalOf(p, what, 1);
        if (p.Activation() is var named && named != Activation.None && named != options.Activation) throw new UnsupportedException($"a focal loss over {named}");
        return [options];
    }

    public static DiceOptions[] DiceFocal(CaseParameters p, Case what)
    {
        (double lambdaDice, double lambdaFocal) = (p.Number("lambda_dice", 1), p.Number("lambda_focal", 1));
        DiceOptions dice = DiceOf(p, what, lambdaDice), focal = FocalOf(p, what, lambdaFocal);
        bool together = dice.Activation == focal.Activation && !(p.Bool("batch", false) && Reduction(p) == DiceReduction.Sum);
        if (!together) return [dice, focal];
        return
        [
            Monai.DiceFocal(
                Background(p, what), p.Bool("use_softmax", false), p.Bool("squared_pred", false), p.Bool("jaccard", false), Reduction(p),
                p.Number("smooth_nr", 1e-5), p.Number("smooth_dr", 1e-5), p.Bool("batch", false), p.Number("gamma", 2), Weight(p, what), lambdaDice,
                lambdaFocal, p.OptionalNumber("alpha"), Channels(what), Voxels(what)),
        ];
    }

    private static DiceOptions DiceOf(CaseParameters p, Case what, double lambda) => DiceOf(p, what, lambda, Weight(p, what));

    private static DiceOptions DiceOf(CaseParameters p, Case what, double lambda, ClassWeights? weight) => Monai.Dice(
        Background(p, what), DiceActivation(p, what), p.Bool("squared_pred", false), p.Bool("jaccard", false),
        Reduction(p), p.Number("smooth_nr", 1e-5), p.Number("smooth_dr", 1e-5), p.Bool("batch", false),
        IsOneClass(p, what) ? null : weight, p.Bool("soft_label", false), p.Whole("ignore_index"), Channels(what)) with
    {
        OverlapWeight = lambda,
    };

    private static DiceOptions FocalOf(CaseParameters p, Case what, double lambda)
    {
        double gamma = p.Number("gamma", 2);
        bool useSoftmax = p.Bool("use_softmax", false);
        double? alpha = p.OptionalNumber("alpha");
        bool isPlain = gamma == 0 && alpha is null or 0.5;
        bool isSoft = what.Target.Encoding != "labels" && what.Target.Values.Data.Any(value => value is not (0 or 1));
        if (isSoft && !isPlain && !useSoftmax) throw new UnsupportedException("soft targets for the sigmoid's focal loss");
        DiceOptions options = Monai.Focal(
            Background(p, what), useSoftmax, gamma, alpha, Weight(p, what), Reduction(p), Channels(what), Voxels(what));
        return options with { Focal = options.Focal! with { Weight = lambda * options.Focal.Weight } };
    }

    // Of one class alone MONAI ignores weights.
    private static ClassWeights? Weight(CaseParameters p, Case what)
    {
        ClassWeights? weight = p.Weights("weight", Classes(p, what));
        return IsOneClass(p, what) ? null : weight;
    }

    private static bool IsOneClass(CaseParameters p, Case what) => Classes(p, what) == 1;

    private static int Classes(CaseParameters p, Case what) => Channels(what) - (Background(p, what) ? 0 : 1);

    // With one channel MONAI ignores softmax and a background that is left out.
    private static bool Background(CaseParameters p, Case what)
    {
        p.Ignore("to_onehot_y"); // The encoding of the target says it.
        return p.Bool("include_background", true) || Channels(what) == 1;
    }

    private static Activation DiceActivation(CaseParameters p, Case what)
    {
        Activation activation = p.Activation();
        return Channels(what) == 1 && activation == Activation.Softmax ? Activation.None : activation;
    }

    private static DiceReduction Reduction(CaseParameters p) => p.Choice(
        "reduction", "mean", ("mean", DiceReduction.Mean), ("sum", DiceReduction.Sum), ("none", DiceReduction.None));

    private static int Channels(Case what) => (int)what.Logits[0].Shape[1];

    private static long Voxels(Case what) => what.Logits[0].Shape[2..].Aggregate(1L, (product, length) => product * length);
}
