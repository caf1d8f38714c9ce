using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DiceLoss.Bench.Inputs;
using DiceLoss.Bench.Measurement;

namespace DiceLoss.Bench.Floors;

/// <summary>How a copy writes.</summary>
internal enum Store
{
    /// <summary>Through the caches: the line is read before it is written, and what follows finds it there.</summary>
    Plain,

    /// <summary>Past the caches: half of the traffic of a large copy, and slower for what would have fitted.</summary>
    NonTemporal,
}

/// <summary>The least that a backward pass can cost: the logits are read once and as many bytes are written to the gradient.</summary>
/// <remarks>Which kind of store is faster depends on size and machine: both are measured, and the faster one is the floor.</remarks>
internal static unsafe class CopyFloor
{
    /// <summary>Copies the logits to the gradient (or, where that is in place, onto themselves).</summary>
    public static void Run(LossProblem problem, Store store)
    {
        byte* from = problem.Logits.Start, to = problem.Gradient.Start;
        ChunkTeam.Run(problem.Logits.Bytes, FloorChunk.Bytes, problem.Threads, (start, end) => Copy(from + start, to + start, end - start, store));
    }

    /// <summary>The kind of store that is faster for this problem.</summary>
    public static Store Faster(LossProblem problem, RoundPlan plan)
    {
        double[][] times = Rounds.Run(plan, rest: default, () => Run(problem, Store.Plain), () => Run(problem, Store.NonTemporal));
        return Spread.Of(times[0]).Median <= Spread.Of(times[1]).Median ? Store.Plain : Store.NonTemporal;
    }

    private static void Copy(byte* from, byte* to, long bytes, Store store)
    {
        long copied = Vector512.IsHardwareAccelerated ? Copy512(from, to, bytes, store) : Copy256(from, to, bytes, store);
        for (; copied < bytes; copied++) to[copied] = from[copied];
        // Stores past the caches are done when their buffers are empty.
        if (store == Store.NonTemporal && Sse.IsSupported) Sse.StoreFence();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Copy512(byte* from, byte* to, long bytes, Store store)
    {
        long i = 0;
        for (; i + 256 <= bytes; i += 256)
        {
            byte* p = from + i, q = to + i;
            Vector512<byte> a = Vector512.Load(p), b = Vector512.Load(p + 64), c = Vector512.Load(p + 128), d = Vector512.Load(p + 192);
            if (store == Store.NonTemporal)
            {
                a.StoreAlignedNonTemporal(q);
                b.StoreAlignedNonTemporal(q + 64);
                c.StoreAlignedNonTemporal(q + 128);
                d.StoreAlignedNonTemporal(q + 192);
            }
            else
            {
                a.Store(q);
                b.Store(q + 64);
                c.Store(q + 128);
                d.Store(q + 192);
            }
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Copy256(byte* from, byte* to, long bytes, Store store)
    {
        long i = 0;
        for (; i + 128 <= bytes; i += 128)
        {
            byte* p = from + i, q = to + i;
            Vector256<byte> a = Vector256.Load(p), b = Vector256.Load(p + 32), c = Vector256.Load(p + 64), d = Vector256.Load(p + 96);
            if (store == Store.NonTemporal)
            {
                a.StoreAlignedNonTemporal(q);
                b.StoreAlignedNonTemporal(q + 32);
                c.StoreAlignedNonTemporal(q + 64);
                d.StoreAlignedNonTemporal(q + 96);
            }
            else
            {
                a.Store(q);
                b.Store(q + 32);
                c.Store(q + 64);
                d.Store(q + 96);
            }
        }

        return i;
    }
}
