using System.Diagnostics.CodeAnalysis;

namespace DiceLoss.Testing;

/// <summary>Records what reaches a provider, and lets another one do the work.</summary>
public sealed class SpyProvider(IDiceProvider inner, string name = "spy", string? refusal = null) : IDiceProvider
{
    public string Name => name;

    /// <summary>How often it was asked to compute.</summary>
    public int Calls { get; private set; }

    /// <summary>The coefficients of the last gradient.</summary>
    public DiceCoefficients? Coefficients { get; private set; }

    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason)
    {
        reason = refusal;
        return reason is null && inner.Supports(device, logits, targets, out reason);
    }

    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
    {
        Calls++;
        return inner.Sums(problem, destination);
    }

    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination)
    {
        Calls++;
        Coefficients = coefficients;
        inner.Gradient(problem, coefficients, upstream, destination);
    }
}
