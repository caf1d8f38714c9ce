using System.Globalization;
using DiceLoss.Cpu;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures.Faults;

/// <summary>Calls that find next to no managed memory left.</summary>
internal sealed class HeapLimit : Figure
{
    private const int HeapBytes = 64 << 20, Chunk = 512;

    private static readonly Case[] s_cases =
    [
        new() { Shape = [2, 5, 20_000], Seed = 1 },
        new() { Shape = [1, 105, 1500], LogitsType = ElementType.Float64, LogitsLayout = Layout.ChannelsLast, Seed = 2 },
        new() { Shape = [2, 3, 25_000], Targets = TargetKind.Maps, LabelsType = ElementType.UInt8, WeightsType = ElementType.Float32, Seed = 3, Options = new DiceOptions { CrossEntropy = new CrossEntropy() } },
    ];

    public override string Name => "heap-limit";

    public override string Held => "OutOfMemoryException or the right bits, 0 crashes, and the next call has the same bits";

    public override string Method =>
        "DOTNET_GCHeapHardLimit, the heap filled up to its last bytes, then calls of new CPU providers with 2 threads while more and more is left; without tiered compilation, whose own thread may end the process";

    public override Finding Measure(Budget budget)
    {
        var environment = new Dictionary<string, string>
        {
            ["DOTNET_GCHeapHardLimit"] = HeapBytes.ToString("X", CultureInfo.InvariantCulture),
            ["DOTNET_gcServer"] = "0",

            // What the runtime does in the background, by threads that nobody can catch an exception of: compile anew, and start threads in the place of idle ones.
            ["DOTNET_TieredCompilation"] = "0",
            ["DOTNET_ThreadPool_ThreadTimeoutMs"] = "-1",
        };
        ChildOutcome outcome = ChildProcess.OutcomeAsync(GetType(), nameof(RunOut), [], environment).GetAwaiter().GetResult();
        return outcome.HasPassed ? Finding.Held(outcome.Output.Trim()) : Finding.Broken($"The process ended with {outcome.ExitCode}. {outcome.Output}{outcome.Errors}");
    }

    /// <summary>For the child process, which has little memory.</summary>
    internal void RunOut()
    {
        // What is made once per process is made now: a type whose first use meets the end of memory stays unusable, here as in all of .NET.
        KnownBits[] known = [.. s_cases.Select(what => new KnownBits(what, CpuProvider.Shared))];
        byte[]?[] ballast = new byte[HeapBytes / Chunk][];
        int failures = 0, successes = 0;
        for (int left = 0; left < 2000; left += 1 + (left / 2))
        {
            foreach (KnownBits one in known)
            {
                one.Run.Gradient.Erase();
                Fill(ballast, left);
                DiceResult? result = ResultOf(one);
                Array.Clear(ballast);
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // what was full of small objects may be used for large ones
                if (result is null)
                {
                    failures++;
                }
                else
                {
                    successes++;
                    one.Judge(result, "at the end of memory");
                    one.JudgeGradient("at the end of memory");
                }

                one.Check("after the end of memory");
            }
        }

        if (failures == 0 || successes == 0) throw new InvalidOperationException($"{failures} calls found no memory, {successes} found enough: the other kind is not measured.");
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{failures} calls threw OutOfMemoryException, {successes} found enough; 0 crashes, the same bits next."));
    }

    // Everything, then some of it back. The first refusal is not the end: the collector tries again with what it has swept meanwhile.
    private static void Fill(byte[]?[] ballast, int left)
    {
        const int Refusals = 8;
        int count = 0;
        for (int refused = 0; refused < Refusals && count < ballast.Length;)
        {
            try
            {
                ballast[count] = new byte[Chunk];
                count++;
            }
            catch (OutOfMemoryException)
            {
                refused++;
            }
        }

        for (; left > 0 && count > 0; left--) ballast[--count] = null;
    }

    // None where memory was at its end. A new provider has kept nothing from earlier calls.
    private static DiceResult? ResultOf(KnownBits one)
    {
        try
        {
            return one.Call(new CpuProvider(new CpuOptions { MaxThreads = 2 }));
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }
}
