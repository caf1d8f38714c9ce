using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures;

/// <summary>A case, the bits of its loss and gradient from a call in which all was well, and calls that must give them again.</summary>
internal sealed class KnownBits : IDisposable
{
    private readonly IDiceProvider _provider;
    private readonly double[] _losses;
    private readonly double[] _gradient;

    public KnownBits(Case what, IDiceProvider provider)
    {
        (_provider, Run) = (provider, new CaseRun(what));
        DiceResult result = Run.Forward(provider);
        (_losses, _gradient) = (result.Losses.ToArray(), Run.Backward(provider, result));
    }

    /// <summary>The tensors.</summary>
    public CaseRun Run { get; }

    /// <summary>Computes loss and gradient, and looks at neither.</summary>
    public void Call() => Dice.Backward(
        Run.Forward(_provider), Run.Logits.Descriptor, Run.Targets, Run.Upstream is null ? default : Run.Upstream.Descriptor, Run.Gradient.Descriptor, provider: _provider);

    /// <summary>Computes loss and gradient, and judges nothing.</summary>
    public (DiceResult Result, double[] Gradient) Compute()
    {
        DiceResult result = Run.Forward(_provider);
        return (result, Run.Backward(_provider, result));
    }

    /// <summary>Computes them once more; fails if a bit differs.</summary>
    /// <param name="when">After what.</param>
    public void Check(string when)
    {
        (DiceResult result, double[] gradient) = Compute();
        ErrorRule.SameBits(_losses, result.Losses.ToArray(), $"{when}, {Run.Case}: losses");
        ErrorRule.SameBits(_gradient, gradient, $"{when}, {Run.Case}: gradient");
    }

    public void Dispose() => Run.Dispose();
}
