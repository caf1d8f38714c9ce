using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DiceLoss.Bench.Inputs;

namespace DiceLoss.Bench.Floors;

/// <summary>
/// The least that a forward pass can cost: every byte of logits and labels goes through a register once. Bits are added up as 64-bit
/// integers, whatever they mean, with the widest loads of the machine and eight independent sums.
/// </summary>
internal static unsafe class ReadFloor
{
    /// <summary>What was read, so that no load can be left out.</summary>
    private static long s_sum;

    /// <summary>Reads logits and labels once.</summary>
    public static void Run(LossProblem problem)
    {
        Read(problem.Logits, problem.Threads);
        Read(problem.Labels, problem.Threads);
    }

    private static void Read(NativeBuffer buffer, int threads)
    {
        byte* first = buffer.Start;
        ChunkTeam.Run(buffer.Bytes, FloorChunk.Bytes, threads, (start, end) => Interlocked.Add(ref s_sum, (long)Sum(first + start, end - start)));
    }

    private static ulong Sum(byte* p, long bytes)
    {
        (long read, ulong sum) = Vector512.IsHardwareAccelerated ? Sum512(p, bytes) : Sum256(p, bytes);
        for (; read < bytes; read++) sum += p[read];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (long Read, ulong Sum) Sum512(byte* first, long bytes)
    {
        Vector512<ulong> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        long i = 0;
        for (; i + 512 <= bytes; i += 512)
        {
            ulong* p = (ulong*)(first + i);
            a += Vector512.Load(p);
            b += Vector512.Load(p + 8);
            c += Vector512.Load(p + 16);
            d += Vector512.Load(p + 24);
            e += Vector512.Load(p + 32);
            f += Vector512.Load(p + 40);
            g += Vector512.Load(p + 48);
            h += Vector512.Load(p + 56);
        }

        return (i, Vector512.Sum(((a + b) + (c + d)) + ((e + f) + (g + h))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (long Read, ulong Sum) Sum256(byte* first, long bytes)
    {
        Vector256<ulong> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        long i = 0;
        for (; i + 256 <= bytes; i += 256)
        {
            ulong* p = (ulong*)(first + i);
            a += Vector256.Load(p);
            b += Vector256.Load(p + 4);
            c += Vector256.Load(p + 8);
            d += Vector256.Load(p + 12);
            e += Vector256.Load(p + 16);
            f += Vector256.Load(p + 20);
            g += Vector256.Load(p + 24);
            h += Vector256.Load(p + 28);
        }

        return (i, Vector256.Sum(((a + b) + (c + d)) + ((e + f) + (g + h))));
    }
}
