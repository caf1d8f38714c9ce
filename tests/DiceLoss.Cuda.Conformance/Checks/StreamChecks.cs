using DiceLoss.Cuda.Conformance.OnDevice;
using DiceLoss.Cuda.Runtime;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>Several streams at once: none disturbs another.</summary>
internal static class StreamChecks
{
    private const nint Legacy = 1, PerThread = 2; // CU_STREAM_LEGACY, CU_STREAM_PER_THREAD
    private const int Threads = 8;

    // Some whose channels stay in registers, and some with so many that blocks keep coefficients in the workspace.
    private static readonly Case[] s_cases =
    [
        .. Enumerable.Range(0, Threads).Select(i => i % 3 == 2
            ? new Case { Shape = [1 + (i % 2), 300, 1300 + (70 * i)], Seed = i }
            : new Case { Shape = [1 + (i % 2), 2 + (i % 2), 20_000 + (700 * i)], Seed = i }),
    ];

    public static IEnumerable<Check> All { get; } =
    [
        new("streams: forward on one and backward on another, in flight together", InFlightTogether) { IsShort = true },
        new("streams: a thread and a stream for each of eight cases", SideBySide) { IsShort = true },
        new("streams: the default one, the legacy one and that of the thread", Special),
        new("streams: one that is captured into a graph is refused, and the capture goes on", Captured) { IsShort = true },
    ];

    private static void InFlightTogether(Session session)
    {
        using var first = new CudaStream();
        using var second = new CudaStream();
        using var one = new DeviceRun(session, s_cases[0]);
        using var other = new DeviceRun(session, s_cases[2]);
        double[] bitsOfOne = one.Bits(0), bitsOfOther = other.Bits(0);
        DiceResult ofOne = one.Forward(first.Handle);
        for (int i = 0; i < session.Rounds; i++)
        {
            // Backward does not wait, forward on the other stream begins beside it.
            one.Backward(ofOne, second.Handle);
            DiceResult ofOther = other.Forward(first.Handle);
            other.Backward(ofOther, second.Handle);
            ofOne = one.Forward(first.Handle);
            ErrorRule.SameBits(bitsOfOne, [.. DeviceRun.Numbers(ofOne.Sums), .. one.Gradient(second.Handle)], $"{s_cases[0]}, round {i}");
            ErrorRule.SameBits(bitsOfOther, [.. DeviceRun.Numbers(ofOther.Sums), .. other.Gradient(second.Handle)], $"{s_cases[2]}, round {i}");
        }
    }

    private static void SideBySide(Session session) => Task.WhenAll(s_cases.Select(session.Fitted).Select(what => Task.Factory.StartNew(
        () =>
        {
            using ContextScope scope = session.Enter();
            using var stream = new CudaStream();
            using var run = new DeviceRun(session, what);
            double[] expected = run.Bits(stream.Handle);
            for (int i = 0; i < session.Rounds; i++) ErrorRule.SameBits(expected, run.Bits(stream.Handle), $"{what}, round {i}");
            Agreement.Holds(new HostTensors(session, stream.Handle), ReferenceProvider.Shared, what);
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default))).GetAwaiter().GetResult();

    private static void Special(Session session)
    {
        foreach (nint stream in (nint[])[0, Legacy, PerThread]) Agreement.Holds(new HostTensors(session, stream), ReferenceProvider.Shared, s_cases[0]);
    }

    private static void Captured(Session session)
    {
        using var stream = new CudaStream();
        using var run = new DeviceRun(session, s_cases[0]);
        double[] expected = run.Bits(stream.Handle);
        DiceResult result = run.Forward(stream.Handle);
        using (new StreamCapture(stream.Handle))
        {
            Assert.Contains("is being captured", Assert.Throws<NotSupportedException>(() => run.Forward(stream.Handle)).Message, StringComparison.Ordinal);
            Assert.Contains("is being captured", Assert.Throws<NotSupportedException>(() => run.Backward(result, stream.Handle)).Message, StringComparison.Ordinal);
        }

        ErrorRule.SameBits(expected, run.Bits(stream.Handle), "after the capture");
    }
}
