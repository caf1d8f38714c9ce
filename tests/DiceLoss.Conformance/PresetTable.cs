using static DiceLoss.DicePresets;

namespace DiceLoss.Conformance;

/// <summary>The presets by the names that cases use, and how a library's parameters become theirs.</summary>
internal static class PresetTable
{
    private static readonly Dictionary<string, Func<CaseParameters, Case, DiceOptions[]>> s_presets = new(StringComparer.Ordinal)
    {
        ["Monai.Dice"] = MonaiPresets.Dice,
        ["Monai.MaskedDice"] = MonaiPresets.Dice, // Labels are masked as there: see TargetReader.
        ["Monai.GeneralizedDice"] = MonaiPresets.GeneralizedDice,
        ["Monai.Tversky"] = MonaiPresets.Tversky,
        ["Monai.DiceCE"] = MonaiPresets.DiceCE,
        ["Monai.Focal"] = MonaiPresets.Focal,
        ["Monai.DiceFocal"] = MonaiPresets.DiceFocal,
        ["NnUNet.DiceCE"] = (p, _) => [NnUNet.DiceCE(
            p.Bool("batch_dice", false), p.Bool("do_bg", false), p.Number("smooth", 1e-5), p.Number("weight_ce", 1), p.Number("weight_dice", 1),
            p.Whole("ignore_label"))],
        ["NnUNet.DiceBCE"] = (p, what) => [NnUNet.DiceBCE(
            p.Bool("batch_dice", false), p.Bool("do_bg", true), p.Number("smooth", 1e-5), p.Number("weight_ce", 1), p.Number("weight_dice", 1),
            p.Bool("use_ignore_label", false) || what.Mask is not null, (int)what.Logits[0].Shape[1])],
        ["NnUNet.SoftDice"] = NnUNetSoftDice,
        ["NnUNet.MemoryEfficientSoftDice"] = NnUNetSoftDice,
        ["SegmentationModels.Dice"] = (p, _) => [SegmentationModels.Dice(
            Mode(p), p.Classes("classes"), p.Bool("log_loss", false), p.Bool("from_logits", true), p.Number("smooth", 0),
            p.Whole("ignore_index"), p.Number("eps", 1e-7), p.Weights("class_weights"))],
        ["SegmentationModels.Jaccard"] = (p, _) => [SegmentationModels.Jaccard(
            Mode(p), p.Classes("classes"), p.Bool("log_loss", false), p.Bool("from_logits", true), p.Number("smooth", 0),
            p.Whole("ignore_index"), p.Number("eps", 1e-7), p.Weights("class_weights"))],
        ["SegmentationModels.Tversky"] = (p, _) => [SegmentationModels.Tversky(
            Mode(p), p.Classes("classes"), p.Bool("log_loss", false), p.Bool("from_logits", true), p.Number("smooth", 0),
            p.Whole("ignore_index"), p.Number("eps", 1e-7), p.Number("alpha", 0.5), p.Number("beta", 0.5), p.Number("gamma", 1),
            p.Weights("class_weights"))],
        ["Kornia.Dice"] = (p, _) => [Kornia.Dice(
            p.Choice("average", "micro", ("micro", ClassPooling.Uniform), ("macro", ClassPooling.None)),
            p.Number("eps", 1e-8), p.Weights("weight"), p.Whole("ignore_index", -100)!.Value)],
        ["Kornia.Tversky"] = (p, _) => [Kornia.Tversky(
            p.Number("alpha", 0.5), p.Number("beta", 0.5), p.Number("eps", 1e-8), p.Whole("ignore_index", -100)!.Value)],
        ["Keras.Dice"] = (p, _) => [Keras.Dice(p.Activation())],
        ["Keras.Tversky"] = (p, _) => [Keras.Tversky(p.Number("alpha", 0.5), p.Number("beta", 0.5), p.Activation())],
    };

    // Those that mask after the activation: a mask is voxel weights.
    private static readonly HashSet<string> s_masked = new(StringComparer.Ordinal)
    {
        "Monai.MaskedDice", "NnUNet.SoftDice", "NnUNet.MemoryEfficientSoftDice", "NnUNet.DiceCE", "NnUNet.DiceBCE",
    };

    /// <summary>The names of all presets.</summary>
    public static IReadOnlyCollection<string> Names => s_presets.Keys;

    /// <summary>Makes the options of a case.</summary>
    /// <param name="what">The case.</param>
    /// <returns>Those of the losses whose sum it is, mostly one.</returns>
    /// <exception cref="UnsupportedException">There is no such preset, or it does not know a parameter or cannot reproduce its value.</exception>
    public static DiceOptions[] Options(Case what)
    {
        if (!s_presets.TryGetValue(what.Preset, out Func<CaseParameters, Case, DiceOptions[]>? preset))
        {
            throw new UnsupportedException($"the preset {what.Preset}");
        }

        var parameters = new CaseParameters(what.Parameters);
        try
        {
            DiceOptions[] options = preset(parameters, what);
            CheckActivation(options[0], what.Preset, parameters);
            parameters.AllRead();
            bool isOneChannel = what.Logits[0].Shape[1] == 1;
            if (isOneChannel && options.Any(one => one.Activation == Activation.Softmax)) throw new UnsupportedException("the softmax over one channel");
            return options;
        }
        catch (ArgumentException refused)
        {
            throw new UnsupportedException(refused.Message);
        }
    }

    /// <summary>Whether a loss takes a mask of what counts.</summary>
    public static bool TakesMask(string preset) => s_masked.Contains(preset);

    /// <summary>Whether the ignored value of a loss may stand in maps, for each class apart.</summary>
    public static bool IgnoresInMaps(string preset) => preset.StartsWith("SegmentationModels.", StringComparison.Ordinal);

    private static DiceOptions[] NnUNetSoftDice(CaseParameters p, Case what)
    {
        p.Ignore("ddp"); // There is one process here.
        bool background = p.Bool("do_bg", true);
        if (!background && what.Logits[0].Shape[1] == 1) throw new UnsupportedException("do_bg false with one channel: no class is left");
        return [NnUNet.SoftDice(p.Activation(), p.Bool("batch_dice", false), background, p.Number("smooth", 1), p.Whole("ignore_label"))];
    }

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
