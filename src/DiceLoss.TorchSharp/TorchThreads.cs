using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DiceLoss.Cpu;

namespace DiceLoss.TorchSharp;

/// <summary>
/// The threads that torch computes on, as many as <c>torch.set_num_threads</c> says. Between two operations they wait actively for a
/// while; others that worked meanwhile would have to share the processors with them.
/// </summary>
internal sealed unsafe partial class TorchThreads : IThreadTeam
{
    private static readonly Lazy<CpuProvider> s_provider = new(() => new CpuProvider(new CpuOptions { Team = new TorchThreads() }));

    /// <summary>The provider that works on them.</summary>
    public static CpuProvider Provider => s_provider.Value;

    public int Size => Math.Max(1, global::TorchSharp.torch.get_num_threads());

    public void Run(int members, Action member)
    {
        GCHandle handle = GCHandle.Alloc(member);
        try
        {
            int error = ParallelFor(0, members, 1, &RunMembers, GCHandle.ToIntPtr(handle));
            if (error != 0) member(); // what it has not begun is left
        }
        finally
        {
            handle.Free();
        }
    }

    // A run finds nothing to do when another has done it all, so that several on one thread do no harm.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunMembers(long begin, long end, nint handle)
    {
        for (long run = begin; run < end; run++) ((Action)GCHandle.FromIntPtr(handle).Target!)();
    }

    // Of libtorch's C interface.
    [LibraryImport("torch_cpu", EntryPoint = "torch_parallel_for")]
    private static partial int ParallelFor(
        long begin, long end, long grainSize, delegate* unmanaged[Cdecl]<long, long, nint, void> function, nint context);
}
