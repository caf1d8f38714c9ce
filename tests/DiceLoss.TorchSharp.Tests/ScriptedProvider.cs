using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cpu;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>A provider that does what a test says before it computes; forced while it lives.</summary>
internal sealed class ScriptedProvider : IDiceProvider, IDisposable
{
    public ScriptedProvider()
    {
        DiceProviders.Register(this);
        DiceProviders.Forced = Name;
    }

    public string Name => "scripted";

    public Action OnSums { get; set; } = () => { };

    public Action OnGradient { get; set; } = () => { };

    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason) =>
        CpuProvider.Shared.Supports(device, logits, targets, out reason);

    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
    {
        OnSums();
        return CpuProvider.Shared.Sums(problem, destination);
    }

    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination)
    {
        OnGradient();
        CpuProvider.Shared.Gradient(problem, coefficients, upstream, destination);
    }

    public void Dispose()
    {
        DiceProviders.Forced = null;
        DiceProviders.Unregister(Name);
    }
}
