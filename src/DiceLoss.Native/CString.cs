using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace DiceLoss.Native;

/// <summary>A text as C reads it, UTF-8 with a 0 at the end. It stays where it is for as long as this object lives.</summary>
internal sealed unsafe class CString
{
    private readonly byte[] _bytes;

    public CString(string text)
    {
        _bytes = GC.AllocateArray<byte>(Encoding.UTF8.GetByteCount(text) + 1, pinned: true);
        Encoding.UTF8.GetBytes(text, _bytes);
    }

    /// <summary>Where it is.</summary>
    public byte* Address => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_bytes));
}
