using System.Runtime.InteropServices;

namespace DiceLoss.Cuda.Native;

/// <summary>Strings as C takes an array of them.</summary>
internal sealed class Utf8Strings(ReadOnlySpan<string> strings) : IDisposable
{
    private readonly nint[] _addresses = Array.ConvertAll(strings.ToArray(), Marshal.StringToCoTaskMemUTF8);

    /// <summary>Where each of them is, zero-terminated.</summary>
    public ReadOnlySpan<nint> Addresses => _addresses;

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_addresses, Marshal.FreeCoTaskMem);
}
