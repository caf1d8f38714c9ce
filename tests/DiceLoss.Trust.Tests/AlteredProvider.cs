using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cpu;

namespace DiceLoss.Trust.Tests;

/// <summary>A provider that would be right, were it not for a factor on its first sum.</summary>
internal sealed class AlteredProvider(double factor) : IDiceProvider
{
    public string Name => "altered";

    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason) =>
        CpuProvider.Shared.Supports(device, logits, targets, out reason);

    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
    {
        InvalidTargets invalid = CpuProvider.Shared.Sums(problem, destination);
        ref CompensatedSum first = ref destination[SumTerm.PredictionMass, 0][0];
        first = new CompensatedSum(first.Value * factor, 0);
        return invalid;
    }

    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination) =>
        CpuProvider.Shared.Gradient(problem, coefficients, upstream, destination);
}
