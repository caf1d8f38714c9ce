namespace BrainSegmentation;

/// <summary>Which loss trains the network.</summary>
internal enum Criterion
{
    Dice,
    DiceCrossEntropy,
    DiceFocal,
    Jaccard,
    Tversky,
    FocalTversky,
    GeneralizedDice,
}

/// <summary>Which implementation of the loss trains the network. Both are the same function; of the Dice loss there are both.</summary>
internal enum LossKind
{
    Fused,
    Plain,
}

/// <summary>How much of the brain one step sees, and at which resolution.</summary>
internal enum VolumeSize
{
    Crop,
    Whole1Mm,
    Whole05Mm,
}

/// <summary>What the command line says.</summary>
/// <param name="Steps">Optimiser steps; at least 1.</param>
/// <param name="Classes">Classes with the background; see <see cref="Anatomy.Grouping"/>.</param>
/// <param name="Criterion">The loss.</param>
/// <param name="Loss">The loss's implementation.</param>
/// <param name="Size">The part of the brain.</param>
/// <param name="Out">The folder for the pictures.</param>
/// <param name="Seed">The seed of everything random.</param>
internal sealed record SampleOptions(int Steps, int Classes, Criterion Criterion, LossKind Loss, VolumeSize Size, DirectoryInfo Out, int Seed);
