using System.IO.Hashing;
using System.Runtime.InteropServices;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Bits;

/// <summary>The tensors of a case, and the hashes of what a provider makes of them.</summary>
public sealed class BitProblem(Case what) : IDisposable
{
    private readonly CaseRun _run = new(what);

    /// <summary>The hashes of all bits of loss and sums, and of the gradient, its gaps in memory included.</summary>
    public string Hashes(IDiceProvider provider)
    {
        DiceResult result = _run.Forward(provider);
        using var gradient = new TensorBuffer(what.LogitsType, what.Shape, what.GradientLayout, what.Seed);
        TensorDescriptor upstream = _run.Upstream is null ? default : _run.Upstream.Descriptor;
        Dice.Backward(result, _run.Logits.Descriptor, _run.Targets, upstream, gradient.Descriptor, provider: provider);
        return $"{HashOf(result)} {Convert.ToHexString(XxHash128.Hash(gradient.Snapshot()))}";
    }

    public void Dispose() => _run.Dispose();

    private static string HashOf(DiceResult result)
    {
        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes(result.Losses));
        foreach (SumTerm term in Enum.GetValues<SumTerm>())
        {
            for (int n = 0; n < result.Sums.Samples; n++) hash.Append(MemoryMarshal.AsBytes(result.Sums[term, n]));
        }

        return Convert.ToHexString(hash.GetCurrentHash());
    }
}
