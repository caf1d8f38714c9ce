using System.Runtime.InteropServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// Where all native memory of the provider comes from and goes to, counted: the one place where an allocation can fail. A thread comes here
/// when its scratch has to grow, never while it works on voxels.
/// </summary>
internal static unsafe class AlignedMemory
{
    /// <summary>What every address is a multiple of.</summary>
    public const nuint Alignment = LanePattern.CacheLine;

    private static long s_heldBytes;

    /// <summary>Bytes that are allocated now, by all threads.</summary>
    public static long HeldBytes => Volatile.Read(ref s_heldBytes);

    /// <summary>For tests: called before each allocation with its size; what it throws is what the allocation throws.</summary>
    public static Action<nuint>? BeforeAllocation { get; set; }

    /// <summary>Allocates memory; what it holds is unspecified.</summary>
    /// <exception cref="OutOfMemoryException">There is none.</exception>
    public static void* Allocate(nuint bytes)
    {
        BeforeAllocation?.Invoke(bytes);
        void* memory = NativeMemory.AlignedAlloc(bytes, Alignment);
        Interlocked.Add(ref s_heldBytes, (long)bytes);
        return memory;
    }

    /// <summary>Gives memory back.</summary>
    /// <param name="memory">What was allocated, or null.</param>
    /// <param name="bytes">How much it was; 0 for null.</param>
    public static void Free(void* memory, nuint bytes)
    {
        NativeMemory.AlignedFree(memory);
        Interlocked.Add(ref s_heldBytes, -(long)bytes);
    }
}
