using System.Runtime.InteropServices;

namespace DiceLoss.Testing;

/// <summary>Memory between two pages that cannot be read or written; touching them ends the process.</summary>
public sealed unsafe partial class GuardedMemory : IDisposable
{
    // Without reserve: pages that are never written cost address space alone, so that buffers may be larger than the machine.
    private const int None = 0, Read = 1, ReadWrite = 3, PrivateAnonymousNoReserve = 0x4022;

    private readonly byte* _mapping;
    private readonly nint _mapped;

    /// <summary>Maps memory.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="atEnd">Whether the memory ends at the second guard page; otherwise it begins at the first.</param>
    public GuardedMemory(long bytes, bool atEnd)
    {
        nint page = Environment.SystemPageSize;
        nint inner = (nint)((Math.Max(bytes, 1) + page - 1) / page * page);
        _mapped = inner + (2 * page);
        _mapping = (byte*)Mmap(0, _mapped, ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        if ((nint)_mapping == -1) throw new InvalidOperationException($"mmap failed with error {Marshal.GetLastPInvokeError()}.");
        Protect(_mapping, page, None);
        Protect(_mapping + page + inner, page, None);
        Address = (nint)(atEnd ? _mapping + page + inner - bytes : _mapping + page);
    }

    /// <summary>Whether this operating system is one that the calls below are written for.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>The first usable byte.</summary>
    public nint Address { get; }

    /// <summary>From now on, writing ends the process.</summary>
    public void MakeReadOnly() => Protect(_mapping + Environment.SystemPageSize, _mapped - (2 * Environment.SystemPageSize), Read);

    public void Dispose() => _ = Munmap(_mapping, _mapped);

    private static void Protect(byte* address, nint length, int protection)
    {
        if (Mprotect(address, length, protection) != 0)
        {
            throw new InvalidOperationException($"mprotect failed with error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Mprotect(byte* address, nint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Munmap(byte* address, nint length);
}
