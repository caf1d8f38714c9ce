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
    /// <param name="provider">By another provider than it was made with.</param>
    public DiceResult Call(IDiceProvider? provider = null)
    {
        provider ??= _provider;
        DiceResult result = Run.Forward(provider);
        Dice.Backward(
            result, Run.Logits.Descriptor, Run.Targets, Run.Upstream is null ? default : Run.Upstream.Descriptor, Run.Gradient.Descriptor, provider: provider);
        return result;
    }

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
        Judge(result, when);
        JudgeGradient(gradient, when);
    }

    /// <summary>Fails if a bit of a loss differs.</summary>
    /// <param name="result">That of another call.</param>
    /// <param name="when">After what.</param>
    public void Judge(DiceResult result, string when) => ErrorRule.SameBits(_losses, result.Losses.ToArray(), $"{when}, {Run.Case}: losses");

    /// <summary>Fails if a bit of the gradient that is there differs.</summary>
    /// <param name="when">After what.</param>
    public void JudgeGradient(string when) => JudgeGradient(Run.Gradient.Numbers(), when);

    private void JudgeGradient(double[] gradient, string when) => ErrorRule.SameBits(_gradient, gradient, $"{when}, {Run.Case}: gradient");

    public void Dispose() => Run.Dispose();
}
