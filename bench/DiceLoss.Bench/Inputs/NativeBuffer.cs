using System.Runtime.InteropServices;

namespace DiceLoss.Bench.Inputs;

/// <summary>Native memory of any size, aligned to a page, so that no case is lucky with its addresses.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 4096;

    /// <summary>Takes the memory. Its pages are not there before they are written to.</summary>
    /// <param name="bytes">How much.</param>
    public NativeBuffer(long bytes)
    {
        Bytes = bytes;
        Start = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), Alignment);
    }

    /// <summary>The first byte.</summary>
    public byte* Start { get; private set; }

    /// <summary>How many there are.</summary>
    public long Bytes { get; }

    /// <summary>Writes zeros, so that every page is really there.</summary>
    public void Touch() => NativeMemory.Clear(Start, (nuint)Bytes);

    /// <summary>Gives the memory back to the system.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(Start);
        Start = null;
    }
}
