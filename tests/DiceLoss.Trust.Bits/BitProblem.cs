using System.IO.Hashing;
using System.Runtime.InteropServices;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Bits;

/// <summary>The tensors of a case, and the hashes of what a provider makes of them.</summary>
public sealed class BitProblem(Case what) : IDisposable
{
    private readonly CaseRun _run = new(what);

    /// <summary>The hashes of all bits of the loss and of the gradient, its gaps in memory included.</summary>
    public string Hashes(IDiceProvider provider)
    {
        DiceResult result = _run.Forward(provider);
        using var gradient = new TensorBuffer(what.LogitsType, what.Shape, what.GradientLayout, what.Seed);
        TensorDescriptor upstream = _run.Upstream is null ? default : _run.Upstream.Descriptor;
        Dice.Backward(result, _run.Logits.Descriptor, _run.Targets, upstream, gradient.Descriptor, provider: provider);
        return $"{Hash(MemoryMarshal.AsBytes(result.Losses))} {Hash(gradient.Snapshot())}";
    }

    public void Dispose() => _run.Dispose();

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexString(XxHash128.Hash(bytes));
}
