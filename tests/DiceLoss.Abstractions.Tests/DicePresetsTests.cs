using System.Diagnostics.CodeAnalysis;

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
        { "smoothing", () => DicePresets.Monai.Dice(smoothNr: -1), "it is finite and not negative" },
        { "alpha", () => DicePresets.Monai.Tversky(alpha: double.NaN), "alpha is NaN" },
        { "w_type", () => DicePresets.Monai.GeneralizedDice(wType: ClassPooling.None), "InverseSquaredLabelMass (square)" },
        { "mode", () => DicePresets.SegmentationModels.Dice((SegmentationMode)9), "Binary, Multiclass, Multilabel" },
        { "classes of one", () => DicePresets.SegmentationModels.Jaccard(SegmentationMode.Binary, classes: [0]), "takes no choice" },
        { "weights of one", () => DicePresets.SegmentationModels.Dice(SegmentationMode.Binary, classWeights: [2]), "takes no weights" },
        { "power of a mean", () => DicePresets.SegmentationModels.Tversky(SegmentationMode.Multiclass, gamma: 2), "gamma is 2; it is 1" },
        { "power of a logarithm", () => DicePresets.SegmentationModels.Tversky(SegmentationMode.Binary, gamma: 2, logLoss: true), "gamma is 2" },
        { "no power", () => DicePresets.SegmentationModels.Tversky(SegmentationMode.Binary, gamma: 0), "Gamma is 0" },
        { "squared weights", () => DicePresets.Kornia.Dice(weight: [1, 2]), "every weight is 0 or 1" },
        { "masked labels", () => DicePresets.Monai.MaskedDice(toOnehotY: true), "labels masked voxels as background" },
        { "masked reduction", () => DicePresets.Monai.MaskedDice(reduction: DiceReduction.Batch), "Mean, Sum, None" },
        { "cross-entropy per class", () => DicePresets.Monai.DiceCE(3, reduction: DiceReduction.None), "it is Mean, or Sum without batch" },
        { "sum of a batch", () => DicePresets.Monai.DiceCE(3, reduction: DiceReduction.Sum, batch: true), "it is Mean, or Sum without batch" },
        { "weight of one channel", () => DicePresets.Monai.DiceCE(1, weight: [1]), "one has a positiveWeight" },
        { "positive weight of several", () => DicePresets.Monai.DiceCE(2, positiveWeight: 2), "several a weight" },
        { "weights of other channels", () => DicePresets.Monai.DiceCE(2, includeBackground: false, weight: [1, 2, 3]), "with 2 classes it has 2" },
        { "no channels", () => DicePresets.Monai.DiceCE(0), "channels" },
        { "focal per voxel", () => DicePresets.Monai.Focal(reduction: DiceReduction.None), "it is Mean, or Sum without batch" },
        { "focal softmax of the others", () => DicePresets.Monai.Focal(includeBackground: false, useSoftmax: true, classes: 3), "over the other channels" },
        { "focal sum of how many", () => DicePresets.Monai.Focal(reduction: DiceReduction.Sum), "voxels is missing" },
        { "focal sum of none", () => DicePresets.Monai.Focal(reduction: DiceReduction.Sum, voxels: 0), "voxels is 0" },
        { "focal classes", () => DicePresets.Monai.Focal(includeBackground: false), "classes is missing" },
        { "focal one class", () => DicePresets.Monai.Focal(includeBackground: false, classes: 1), "classes" },
        { "focal weights", () => DicePresets.Monai.Focal(includeBackground: false, weight: [1, 2, 3], classes: 3), "without the background" },
        { "focal gamma", () => DicePresets.Monai.Focal(gamma: -1), "Gamma is -1" },
        { "focal alpha", () => DicePresets.Monai.Focal(alpha: 2), "Alpha is 2" },
        { "focal batch", () => DicePresets.Monai.DiceFocal(reduction: DiceReduction.Sum, batch: true, voxels: 8), "it is Mean, or Sum without batch" },
        { "focal both", () => DicePresets.Monai.DiceFocal(includeBackground: false, useSoftmax: true, classes: 3), "over the other channels" },
        { "regions of how many", () => DicePresets.NnUNet.DiceBCE(useIgnoreLabel: true), "channels is missing" },
        { "no regions", () => DicePresets.NnUNet.DiceBCE(channels: 0), "channels" },
        { "average", () => DicePresets.Kornia.Dice(ClassPooling.InverseLabelMass), "Uniform (micro), None (macro)" },
    };

    [Fact]
    public void DiceCE_WhatOneChannelDoesNotHave_NamesTheArgument()
    {
        Assert.Equal("weight", Assert.Throws<ArgumentException>(() => DicePresets.Monai.DiceCE(1, weight: [1])).ParamName);
        Assert.Equal("labelSmoothing", Assert.Throws<ArgumentException>(() => DicePresets.Monai.DiceCE(1, labelSmoothing: 0.1)).ParamName);
        Assert.Equal("positiveWeight", Assert.Throws<ArgumentException>(() => DicePresets.Monai.DiceCE(2, positiveWeight: 2)).ParamName);
    }

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    [SuppressMessage("Usage", "xUnit1026", Justification = "The name tells the cases apart.")]
    public void Preset_WhatCannotBeReproduced_IsRefusedByName(string name, Func<DiceOptions> preset, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(preset).Message, StringComparison.Ordinal);

    [Fact]
    public void Preset_Defaults_IgnoreNothingThatIsALabel()
    {
        Assert.Equal(DiceOptions.Default.IgnoreLabel, DicePresets.Monai.Dice().IgnoreLabel);
        Assert.Equal(255, DicePresets.NnUNet.SoftDice(ignoreLabel: 255).IgnoreLabel);
        Assert.Equal(-100, DicePresets.Kornia.Dice().IgnoreLabel);
    }

    [Fact]
    public void MonaiDice_SoftLabel_IsTheLesserOfBothForExponentOne()
    {
        Assert.Equal(IntersectionForm.Minimum, DicePresets.Monai.Dice(softLabel: true).Intersection);
        Assert.Equal(IntersectionForm.Product, DicePresets.Monai.Dice(softLabel: true, squaredPred: true).Intersection);
        Assert.Equal(IntersectionForm.Minimum, DicePresets.Monai.Tversky(softLabel: true).Intersection);
        Assert.Equal(IntersectionForm.Minimum, DicePresets.Monai.GeneralizedDice(softLabel: true).Intersection);
    }

    [Fact]
    public void MonaiDiceFocal_WithoutBackground_LeavesItOutOfBothLosses()
    {
        DiceOptions options = DicePresets.Monai.DiceFocal(includeBackground: false, classes: 3, lambdaFocal: 0.5);
        Assert.Equal((0, ClassAverage.Included), (options.IgnoreChannel, options.ClassAverage));
        Assert.Equal<ClassSet?>([1, 2], options.Focal!.IncludedClasses);
        Assert.Equal((Activation.Sigmoid, 0.5), (options.Activation, options.Focal.Weight));
    }

    [Fact]
    public void MonaiDiceCE_OneClassWithoutBackground_HasNoWeightForDice()
    {
        DiceOptions options = DicePresets.Monai.DiceCE(2, includeBackground: false, weight: [1, 3]);
        Assert.Null(options.ClassWeights);
        Assert.Equal<ClassWeights?>([1, 3], options.CrossEntropy!.ClassWeights);
    }

    [Fact]
    public void NnUNetDiceBCE_WithAMask_CountsCrossEntropyOncePerRegion() =>
        Assert.Equal(1.5, DicePresets.NnUNet.DiceBCE(weightCe: 0.5, useIgnoreLabel: true, channels: 3).CrossEntropy!.Weight);

    [Fact]
    public void MonaiDice_WeightsWithoutBackground_AreMeansWithAPlaceForIt() =>
        Assert.Equal<ClassWeights?>([0, 0.5, 1.5], DicePresets.Monai.Dice(includeBackground: false, weight: [1, 3]).ClassWeights);
}
