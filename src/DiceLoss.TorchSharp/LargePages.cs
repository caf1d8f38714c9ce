using System.Runtime.InteropServices;

namespace DiceLoss.TorchSharp;

/// <summary>
/// Large pages for large memory that is still untouched: Linux then clears and maps 2 MiB at a time instead of 4 KiB, which for a fresh
/// gradient takes longer than the gradient itself. Torch does so for all its tensors if THP_MEM_ALLOC_ENABLE is 1.
/// </summary>
internal static partial class LargePages
{
    private const long PageBytes = 2 << 20;
    private const long WorthwhileBytes = 4 * PageBytes;
    private const int HugePages = 14; // MADV_HUGEPAGE of <sys/mman.h>

    /// <summary>Asks for them, for the whole pages in a tensor without gaps. Advice: where there are none, nothing happens.</summary>
    public static void Advise(in TensorDescriptor tensor)
    {
        long bytes = tensor.ElementCount * tensor.ElementType.Size();
        if (!OperatingSystem.IsLinux() || tensor.Device.Kind != DeviceKind.Cpu || bytes < WorthwhileBytes) return;
        long first = (tensor.Address + PageBytes - 1) & -PageBytes, end = (tensor.Address + bytes) & -PageBytes;
        _ = Advise((nint)first, (nint)(end - first), HugePages);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}
