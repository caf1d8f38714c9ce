using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>A gradient that is there already: it stays where it was made for the factor of this pass, and is written anew where it was not.</summary>
internal static class MadeGradientChecks
{
    private const double Untouched = 42;

    public static IEnumerable<Check> All =>
        from channels in (int[])[1, 5, 35, 300]
        select new Check($"gradient made before: {channels} channels", session => StaysOrIsWritten(session, channels)) { IsShort = channels is 5 or 300 };

    private static void StaysOrIsWritten(Session session, int channels)
    {
        using var run = new CaseRun(new Case { Shape = [2, channels, 700], Upstream = UpstreamKind.Scalar, UpstreamFactor = 3, Seed = 6 });
        using TensorBuffer other = TensorBuffer.Of(run.Upstream!.Type, [], [3.5]);
        IDiceProvider provider = session.OnHostTensors;
        DiceResult result = run.Forward(provider);
        double[] expected = run.Backward(provider, result), before = [.. Enumerable.Repeat(Untouched, expected.Length)];
        ErrorRule.SameBits(before, Again(run.Upstream), "made for this factor");
        ErrorRule.SameBits(expected, Again(other), "made for another factor");

        double[] Again(TensorBuffer madeFor)
        {
            run.Gradient.Write(before);
            Dice.Backward(
                result, run.Logits.Descriptor, run.Targets, run.Upstream.Descriptor, run.Gradient.Descriptor, provider: provider, madeFor: madeFor.Descriptor);
            return run.Gradient.Numbers();
        }
    }
}
