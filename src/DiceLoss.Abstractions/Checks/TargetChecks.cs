using System.Globalization;

namespace DiceLoss.Checks;

/// <summary>The checks of what logits are compared with.</summary>
internal static class TargetChecks
{
    /// <summary>Checks that labels or maps fit the logits, in type and shape, and the options.</summary>
    public static void Values(in TensorDescriptor targets, in TensorDescriptor logits, DiceOptions options)
    {
        bool isMaps = targets.Shape.SequenceEqual(logits.Shape);
        if (!isMaps && !IsOfVoxels(targets, logits, logits.Shape[0]))
        {
            throw new ArgumentException(
                $"The targets have shape {Shapes.Text(targets.Shape)}; logits of shape {Shapes.Text(logits.Shape)} need labels of shape "
                + $"{OfVoxels(logits, logits.Shape[0])} or maps of shape {Shapes.Text(logits.Shape)}."
                + (targets.Shape.SequenceEqual(logits.Shape[1..]) ? " If they are those of one sample, both lack the first dimension, of samples." : ""), nameof(targets));
        }

        bool isSoft = targets.ElementType.IsFloatingPoint();
        if (isSoft && !isMaps)
        {
            throw new ArgumentException(
                $"The labels hold {targets.ElementType}; they are class indices of Int8, UInt8, Int16, Int32 or Int64.", nameof(targets));
        }

        if (isSoft && options.HardPrediction != HardPrediction.None)
        {
            throw new ArgumentException(
                $"The maps hold {targets.ElementType}, which may be soft; {nameof(DiceOptions)}.{nameof(DiceOptions.HardPrediction)} counts labels and masks of "
                + "integers.", nameof(targets));
        }
    }

    /// <summary>Checks the shape, the type and the place of the weights, if there are any.</summary>
    public static void VoxelWeights(in TensorDescriptor voxelWeights, in TensorDescriptor logits)
    {
        if (ProblemChecks.IsAbsent(voxelWeights)) return;
        ProblemChecks.Layout(voxelWeights, nameof(voxelWeights));
        ProblemChecks.SameDevice(voxelWeights, nameof(voxelWeights), logits.Device);
        if (!voxelWeights.ElementType.IsFloatingPoint())
        {
            throw new ArgumentException($"The voxel weights hold {voxelWeights.ElementType}; they are floating point.", nameof(voxelWeights));
        }

        if (!IsOfVoxels(voxelWeights, logits, logits.Shape[0]) && !IsOfVoxels(voxelWeights, logits, 1))
        {
            throw new ArgumentException(
                $"The voxel weights have shape {Shapes.Text(voxelWeights.Shape)}; logits of shape {Shapes.Text(logits.Shape)} need "
                + $"{OfVoxels(logits, logits.Shape[0])} or {OfVoxels(logits, 1)}.", nameof(voxelWeights));
        }
    }

    /// <summary>Checks what is annotated.</summary>
    public static void Annotated(ReadOnlySpan<bool> annotated, long samples, int classes, DiceOptions options)
    {
        if (annotated.IsEmpty) return;
        if (annotated.Length != samples * classes)
        {
            throw new ArgumentException(
                $"{nameof(DiceTargets.Annotated)} has {annotated.Length} values; {samples} samples and {classes} classes need {samples * classes}.", nameof(annotated));
        }

        if (options.VoxelTerm != VoxelTerm.None && options.Activation != Activation.Sigmoid)
        {
            throw new ArgumentException(
                $"Where classes compete, cross-entropy and focal loss need every class annotated; {nameof(DiceTargets.Annotated)} goes with "
                + $"{nameof(Activation)}.{nameof(Activation.Sigmoid)}, or without those terms.", nameof(annotated));
        }
    }

    /// <summary>The exception for targets that a provider has found to be invalid.</summary>
    public static ArgumentOutOfRangeException Invalid(in InvalidTargets invalid, in DiceProblem problem)
    {
        bool areWeights = invalid.Part == TargetPart.VoxelWeights;
        string voxel = Shapes.Text(Shapes.Coordinates(problem.Logits.Shape[2..], invalid.Voxel));
        string where = problem.TargetKind == TargetKind.Maps && !areWeights
            ? $"in sample {invalid.Sample}, channel {invalid.Channel} at voxel {voxel}"
            : $"in sample {invalid.Sample} at voxel {voxel}";
        string argument = areWeights ? "voxelWeights" : "targets";
        TensorDescriptor tensor = areWeights ? problem.VoxelWeights : problem.Targets;
        long count = tensor.Shape[0] == 1 ? invalid.Count / problem.Samples : invalid.Count; // weights of all samples alike were met in each
        object value = tensor.ElementType.IsFloatingPoint() ? (object)BitConverter.Int64BitsToDouble(invalid.Value) : invalid.Value; // or all would be doubles
        string what = (areWeights, problem.TargetKind) switch
        {
            (true, _) => $"voxel weight(s) are negative or not finite in {problem.Logits.ElementType.LossType()}",
            (_, TargetKind.Labels) => $"label(s) are neither a class (0 to {problem.LabelLimit - 1}) nor the ignored label ({problem.IgnoreLabel})",
            _ when tensor.ElementType.IsFloatingPoint() => $"value(s) of the maps are neither from 0 to 1 nor the ignored label ({problem.IgnoreLabel})",
            _ => $"value(s) of the masks are neither 0 nor 1 nor the ignored label ({problem.IgnoreLabel})",
        };
        return new ArgumentOutOfRangeException(
            argument, value, string.Create(CultureInfo.InvariantCulture, $"{count} {what}; the first is {value}, {where}."));
    }

    // (samples, *spatial), compared without a shape being made: this is on the way of every call.
    private static bool IsOfVoxels(in TensorDescriptor tensor, in TensorDescriptor logits, long samples) =>
        tensor.Rank == logits.Rank - 1 && tensor.Shape[0] == samples && tensor.Shape[1..].SequenceEqual(logits.Shape[2..]);

    private static string OfVoxels(in TensorDescriptor logits, long samples) => Shapes.Text([samples, .. logits.Shape[2..]]);
}
