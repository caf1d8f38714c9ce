using DiceLoss.Testing;

namespace DiceLoss.Abstractions.Tests;

/// <summary>What a provider is given for the gradient of a result.</summary>
internal static class CoefficientsGiven
{
    /// <summary>The coefficients, for a volume without voxels of the samples and classes of the result.</summary>
    public static DiceCoefficients By(DiceResult result)
    {
        var spy = new SpyProvider(ReferenceProvider.Shared);
        (long samples, int classes) = (result.Sums.Samples, result.Sums.Classes);
        var logits = new TensorDescriptor(0, Device.Cpu, ElementType.Float64, [samples, classes, 0]);
        var labels = new TensorDescriptor(0, Device.Cpu, ElementType.UInt8, [samples, 0]);
        var maps = new TensorDescriptor(0, Device.Cpu, ElementType.UInt8, [samples, classes, 0]);
        Dice.Backward(result, logits, result.Sums.TargetKind == TargetKind.Maps ? maps : labels, default, logits, inPlace: true, spy);
        return spy.Coefficients!;
    }
}
