using System.Diagnostics.CodeAnalysis;

namespace DiceLoss.Cuda.Tests;

/// <summary>What is to be done with a problem.</summary>
internal delegate void ProblemAction(in DiceProblem problem);

/// <summary>A provider that shows every problem, and computes nothing.</summary>
internal sealed class ProblemProbe(ProblemAction look) : IDiceProvider
{
    public string Name => "probe";

    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason)
    {
        reason = null;
        return true;
    }

    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
    {
        look(problem);
        return default;
    }

    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination) =>
        look(problem);
}
