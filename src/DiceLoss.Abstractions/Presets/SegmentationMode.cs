namespace DiceLoss;

/// <summary>What the channels stand for, in the terms of segmentation_models.pytorch; for <see cref="DicePresets.SegmentationModels"/>.</summary>
public enum SegmentationMode
{
    /// <summary>One channel, the foreground, through a sigmoid.</summary>
    Binary,

    /// <summary>One class per channel, exclusive, through a softmax.</summary>
    Multiclass,

    /// <summary>One class per channel, each through a sigmoid; they may overlap.</summary>
    Multilabel,
}
