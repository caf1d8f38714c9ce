using DiceLoss.Cuda.Conformance.OnDevice;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>The gradient in place of the logits; a device without memory left.</summary>
internal static class MemoryChecks
{
    public static IEnumerable<Check> All =>
    [
        .. InPlace(),
        new Check("out of memory: a stream without a workspace fails and works later, one with a workspace goes on", OutOfMemory) { IsAlone = true },
    ];

    private static IEnumerable<Check> InPlace() =>
        from layout in (Layout[])[Layout.Contiguous, Layout.ChannelsLast, Layout.Reversed]
        from channels in (int[])[1, 5, 20]
        let what = new Case { Shape = [2, channels, 9, 170], LogitsLayout = layout, Seed = 4, Upstream = UpstreamKind.Scalar }
        select new Check($"in place: {what}", session => IsTheSameInPlace(session, what)) { IsShort = channels == 20 && layout == Layout.Contiguous };

    private static void IsTheSameInPlace(Session session, Case what)
    {
        using var run = new CaseRun(what);
        IDiceProvider provider = session.OnHostTensors;
        DiceResult result = run.Forward(provider);
        double[] separate = run.Backward(provider, result);
        ErrorRule.SameBits(separate, run.BackwardInPlace(provider, result), $"{what}: gradient");
        run.Logits.AssertGapsUntouched();
    }

    private static void OutOfMemory(Session session)
    {
        using var known = new CudaStream();
        using var unknown = new CudaStream();
        using var run = new DeviceRun(session, new Case { Shape = [session.ManySamples, 8, 64] });
        double[] expected = run.Bits(known.Handle);
        using (new MemoryHog(session.Driver))
        {
            CudaException failure = Assert.Throws<CudaException>(() => run.Forward(unknown.Handle));
            Assert.Equal("CUDA_ERROR_OUT_OF_MEMORY", failure.CodeName);
            ErrorRule.SameBits(expected, run.Bits(known.Handle), "the stream that has a workspace");
        }

        ErrorRule.SameBits(expected, run.Bits(unknown.Handle), "the stream that had none");
    }
}
