using static DiceLoss.DicePresets;

namespace DiceLoss.Conformance;

/// <summary>The presets by the names that cases use, and how a library's parameters become theirs.</summary>
internal static class PresetTable
{
    private static readonly Dictionary<string, Func<CaseParameters, int, DiceOptions>> s_presets = new(StringComparer.Ordinal)
    {
        ["Monai.Dice"] = MonaiDice,
        ["Monai.MaskedDice"] = MonaiDice,
        ["Monai.GeneralizedDice"] = (p, channels) => Monai.GeneralizedDice(
            Background(p, channels),
            MonaiActivation(p, channels),
            p.Choice(
                "w_type", "square",
                ("square", ClassPooling.InverseSquaredLabelMass), ("simple", ClassPooling.InverseLabelMass), ("uniform", ClassPooling.Uniform)),
            Reduction(p), p.Number("smooth_nr", 1e-5), p.Number("smooth_dr", 1e-5), p.Bool("batch", false)),
        ["Monai.Tversky"] = (p, channels) => Monai.Tversky(
            Background(p, channels), MonaiActivation(p, channels), p.Number("alpha", 0.5), p.Number("beta", 0.5),
            Reduction(p), p.Number("smooth_nr", 1e-5), p.Number("smooth_dr", 1e-5), p.Bool("batch", false), channels),
        ["Monai.DiceCE"] = MonaiDiceCE,
        ["NnUNet.DiceCE"] = (p, _) => NnUNet.DiceCE(
            p.Bool("batch_dice", false), p.Bool("do_bg", false), p.Number("smooth", 1e-5), p.Number("weight_ce", 1), p.Number("weight_dice", 1),
            p.Whole("ignore_label")),
        ["NnUNet.SoftDice"] = NnUNetSoftDice,
        ["NnUNet.MemoryEfficientSoftDice"] = NnUNetSoftDice,
        ["SegmentationModels.Dice"] = (p, _) => SegmentationModels.Dice(
            Mode(p), p.Classes("classes"), p.Bool("log_loss", false), p.Bool("from_logits", true), p.Number("smooth", 0),
            p.Whole("ignore_index"), p.Number("eps", 1e-7), p.Weights("class_weights")),
        ["SegmentationModels.Jaccard"] = (p, _) => SegmentationModels.Jaccard(
            Mode(p), p.Classes("classes"), p.Bool("log_loss", false), p.Bool("from_logits", true), p.Number("smooth", 0),
            p.Whole("ignore_index"), p.Number("eps", 1e-7), p.Weights("class_weights")),
        ["SegmentationModels.Tversky"] = (p, _) => SegmentationModels.Tversky(
            Mode(p), p.Classes("classes"), p.Bool("log_loss", false), p.Bool("from_logits", true), p.Number("smooth", 0),
            p.Whole("ignore_index"), p.Number("eps", 1e-7), p.Number("alpha", 0.5), p.Number("beta", 0.5), p.Number("gamma", 1),
            p.Weights("class_weights")),
        ["Kornia.Dice"] = (p, _) => Kornia.Dice(
            p.Choice("average", "micro", ("micro", ClassPooling.Uniform), ("macro", ClassPooling.None)),
            p.Number("eps", 1e-8), p.Weights("weight"), p.Whole("ignore_index", -100)!.Value),
        ["Kornia.Tversky"] = (p, _) => Kornia.Tversky(
            p.Number("alpha", 0.5), p.Number("beta", 0.5), p.Number("eps", 1e-8), p.Whole("ignore_index", -100)!.Value),
        ["Keras.Dice"] = (p, _) => Keras.Dice(p.Activation()),
        ["Keras.Tversky"] = (p, _) => Keras.Tversky(p.Number("alpha", 0.5), p.Number("beta", 0.5), p.Activation()),
    };

    // Those that mask after the activation: masked voxels are ignored voxels.
    private static readonly HashSet<string> s_masked = new(StringComparer.Ordinal)
    {
        "Monai.MaskedDice", "NnUNet.SoftDice", "NnUNet.MemoryEfficientSoftDice", "NnUNet.DiceCE",
    };

    /// <summary>The names of all presets.</summary>
    public static IReadOnlyCollection<string> Names => s_presets.Keys;

    /// <summary>Makes the options of a case.</summary>
    /// <param name="what">The case.</param>
    /// <returns>The options.</returns>
    /// <exception cref="UnsupportedException">There is no such preset, or it does not know a parameter or cannot reproduce its value.</exception>
    public static DiceOptions Options(Case what)
    {
        if (!s_presets.TryGetValue(what.Preset, out Func<CaseParameters, int, DiceOptions>? preset))
        {
            throw new UnsupportedException($"the preset {what.Preset}");
        }

        var parameters = new CaseParameters(what.Parameters);
        try
        {
            DiceOptions options = preset(parameters, (int)what.Logits[0].Shape[1]);
            CheckActivation(options, what.Preset, parameters);
            parameters.AllRead();
            return options;
        }
        catch (ArgumentException refused)
        {
            throw new UnsupportedException(refused.Message);
        }
    }

    /// <summary>Checks that a mask means what an ignored label means.</summary>
    /// <param name="what">The case.</param>
    /// <param name="options">Its options.</param>
    /// <exception cref="UnsupportedException">It does not.</exception>
    public static void CheckMask(Case what, DiceOptions options)
    {
        if (what.Mask is null) return;
        if (!s_masked.Contains(what.Preset)) throw new UnsupportedException($"a mask for {what.Preset}");

        // MONAI masks labels before they become one-hot: masked voxels are background.
        bool hasBackground = what.Logits[0].Shape[1] > 1 && options.IgnoreChannel != 0;
        if (what is { Preset: "Monai.MaskedDice", Target.Encoding: "labels" } && hasBackground)
        {
            throw new UnsupportedException("a mask that makes labels background");
        }
    }

    private static DiceOptions MonaiDice(CaseParameters p, int channels) => Monai.Dice(
        Background(p, channels), MonaiActivation(p, channels), p.Bool("squared_pred", false), p.Bool("jaccard", false),
        Reduction(p), p.Number("smooth_nr", 1e-5), p.Number("smooth_dr", 1e-5), p.Bool("batch", false),
        channels == 1 ? Unweighted(p) : p.Weights("weight"), p.Whole("ignore_index"), channels);

    private static DiceOptions MonaiDiceCE(CaseParameters p, int channels)
    {
        string activation = channels == 1 ? "sigmoid" : "softmax";
        if (p.Text("activation", activation) != activation) throw new UnsupportedException($"Monai.DiceCE of {channels} channels with another activation than {activation}");
        ClassWeights? weight = p.Weights("weight");
        return Monai.DiceCE(
            channels, Background(p, channels), p.Bool("squared_pred", false), p.Bool("jaccard", false), Reduction(p), p.Number("smooth_nr", 1e-5),
            p.Number("smooth_dr", 1e-5), p.Bool("batch", false), channels == 1 ? null : weight, channels == 1 ? weight?[0] : null,
            p.Number("lambda_dice", 1), p.Number("lambda_ce", 1), p.Number("label_smoothing", 0));
    }

    // With one channel MONAI ignores weights, too.
    private static ClassWeights? Unweighted(CaseParameters p)
    {
        p.Ignore("weight");
        return null;
    }

    // With one channel MONAI ignores softmax and a background that is left out.
    private static bool Background(CaseParameters p, int channels)
    {
        p.Ignore("to_onehot_y"); // The encoding of the target says it.
        p.Ignore("soft_label"); // For hard labels, and there are no others here, it makes no difference.
        return p.Bool("include_background", true) || channels == 1;
    }

    private static Activation MonaiActivation(CaseParameters p, int channels)
    {
        Activation activation = p.Activation();
        return channels == 1 && activation == Activation.Softmax ? Activation.None : activation;
    }

    private static DiceOptions NnUNetSoftDice(CaseParameters p, int channels)
    {
        p.Ignore("ddp"); // There is one process here.
        bool background = p.Bool("do_bg", true);
        if (!background && channels == 1) throw new UnsupportedException("do_bg false with one channel: no class is left");
        return NnUNet.SoftDice(p.Activation(), p.Bool("batch_dice", false), background, p.Number("smooth", 1), p.Whole("ignore_label"));
    }

    private static DiceReduction Reduction(CaseParameters p) => p.Choice(
        "reduction", "mean", ("mean", DiceReduction.Mean), ("sum", DiceReduction.Sum), ("none", DiceReduction.None));

    private static SegmentationMode Mode(CaseParameters p) => p.Choice(
        "mode", "",
        ("binary", SegmentationMode.Binary), ("multiclass", SegmentationMode.Multiclass), ("multilabel", SegmentationMode.Multilabel));

    // Where the preset has an activation of its own, a case may name it, but not another one.
    private static void CheckActivation(DiceOptions options, string preset, CaseParameters parameters)
    {
        string own = options.Activation switch { Activation.Softmax => "softmax", Activation.Sigmoid => "sigmoid", _ => "none" };
        if (parameters.Text("activation", own) != own && !preset.StartsWith("Monai.", StringComparison.Ordinal))
        {
            throw new UnsupportedException($"{preset} with an activation other than {own}");
        }
    }
}
