namespace DiceLoss.Abstractions.Tests;

// What the presets compute is compared in DiceLoss.Conformance.Tests; here, what they refuse.
public sealed class DicePresetsTests
{
    public static TheoryData<string, Func<DiceOptions>, string> Refused => new()
    {
        { "auto", () => DicePresets.Monai.Dice(activation: Activation.Auto), "None, Sigmoid, Softmax" },
        { "two classes", () => DicePresets.NnUNet.SoftDice(Activation.TwoClassSigmoid), "applyNonlin is TwoClassSigmoid" },
        { "keras", () => DicePresets.Keras.Dice((Activation)77), "activation is 77" },
        { "reduction", () => DicePresets.Monai.Tversky(reduction: DiceReduction.Batch), "Mean, Sum, None" },
        { "per class", () => DicePresets.Monai.GeneralizedDice(reduction: DiceReduction.PerClass), "Mean, Sum, None" },
        { "none of a batch", () => DicePresets.Monai.Dice(reduction: DiceReduction.None, batch: true), "batch is true" },
        { "sum of how many", () => DicePresets.Monai.Dice(reduction: DiceReduction.Sum), "classes is missing" },
        { "one weight", () => DicePresets.Monai.Dice(weight: [2]), "two or more" },
        { "few weights", () => DicePresets.Monai.Dice(weight: [1, 2], classes: 3), "with 3 classes it has 3" },
        { "background weight", () => DicePresets.Monai.Dice(false, weight: [1, 2, 3], classes: 3), "without the background" },
        { "only background", () => DicePresets.Monai.Dice(includeBackground: false, classes: 1), "it is 2 or more" },
        { "smoothing", () => DicePresets.Monai.Dice(smoothNr: -1), "smoothing is finite and not negative" },
        { "alpha", () => DicePresets.Monai.Tversky(alpha: double.NaN), "alpha is NaN" },
        { "w_type", () => DicePresets.Monai.GeneralizedDice(wType: ClassPooling.None), "InverseSquaredLabelMass (square)" },
        { "mode", () => DicePresets.SegmentationModels.Dice((SegmentationMode)9), "Binary, Multiclass, Multilabel" },
        { "classes of one", () => DicePresets.SegmentationModels.Jaccard(SegmentationMode.Binary, classes: [0]), "takes no choice" },
        { "power of a mean", () => DicePresets.SegmentationModels.Tversky(SegmentationMode.Multiclass, gamma: 2), "gamma is 2; it is 1" },
        { "power of a logarithm", () => DicePresets.SegmentationModels.Tversky(SegmentationMode.Binary, gamma: 2, logLoss: true), "gamma is 2" },
        { "no power", () => DicePresets.SegmentationModels.Tversky(SegmentationMode.Binary, gamma: 0), "Gamma is 0" },
        { "squared weights", () => DicePresets.Kornia.Dice(weight: [1, 2]), "every weight is 0 or 1" },
        { "average", () => DicePresets.Kornia.Dice(ClassPooling.InverseLabelMass), "Uniform (micro), None (macro)" },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void Preset_WhatCannotBeReproduced_IsRefusedByName(string name, Func<DiceOptions> preset, string message)
    {
        Assert.NotEmpty(name);
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(preset).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Preset_Defaults_IgnoreNothingThatIsALabel()
    {
        Assert.Equal(DiceOptions.Default.IgnoreLabel, DicePresets.Monai.Dice().IgnoreLabel);
        Assert.Equal(255, DicePresets.NnUNet.SoftDice(ignoreLabel: 255).IgnoreLabel);
        Assert.Equal(-100, DicePresets.Kornia.Dice().IgnoreLabel);
    }

    [Fact]
    public void MonaiDice_WeightsWithoutBackground_AreMeansWithAPlaceForIt() =>
        Assert.Equal<ClassWeights?>([0, 0.5, 1.5], DicePresets.Monai.Dice(includeBackground: false, weight: [1, 3]).ClassWeights);
}
