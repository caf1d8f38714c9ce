namespace DiceLoss.Cpu.Kernels;

/// <summary>What a kernel needs to know of a problem as plain numbers.</summary>
/// <param name="Channels">C.</param>
/// <param name="Classes">K.</param>
/// <param name="Exponent">e.</param>
/// <param name="FocalGamma">The exponent of the focal voxel term.</param>
/// <param name="HardPrediction">Whether and how predictions are counted.</param>
internal readonly record struct KernelShape(int Channels, int Classes, int Exponent, double FocalGamma, HardPrediction HardPrediction)
{
    /// <summary>Takes over what concerns kernels.</summary>
    public static KernelShape Of(in DiceProblem problem) =>
        new(problem.Channels, problem.Classes, problem.Exponent, problem.FocalGamma, problem.HardPrediction);

    /// <summary>Sums per class beside those that a kernel always has: what is predicted, and what of it is right.</summary>
    public int HardTerms => HardPrediction == HardPrediction.None ? 0 : 2;
}
