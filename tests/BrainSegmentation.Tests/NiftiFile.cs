using System.Buffers.Binary;
using System.IO.Compression;
using BrainSegmentation.Nifti;

namespace BrainSegmentation.Tests;

/// <summary>A NIfTI-1 file made by hand; every field can be set wrong.</summary>
internal sealed record NiftiFile
{
    public bool BigEndian { get; init; }

    public int HeaderSize { get; init; } = 348;

    public short[] Dimensions { get; init; } = [3, 2, 1, 1, 1, 1, 1, 1];

    public short DataType { get; init; } = (short)NiftiDataType.UInt8;

    public short Bits { get; init; } = 8;

    public float VoxelOffset { get; init; } = 352;

    public float Slope { get; init; } = 1;

    public float Intercept { get; init; }

    public string Magic { get; init; } = "n+1\0";

    /// <summary>Between the header and the voxels; padded or cut to what VoxelOffset leaves.</summary>
    public byte[] Extension { get; init; } = [0, 0, 0, 0];

    /// <summary>The voxels' bytes, in the file's byte order.</summary>
    public byte[] Voxels { get; init; } = [1, 2];

    public byte[] Bytes()
    {
        var header = new byte[348];
        Write(header, 0, HeaderSize);
        for (int i = 0; i < Dimensions.Length; i++)
            Write(header, 40 + 2 * i, Dimensions[i]);
        Write(header, 70, DataType);
        Write(header, 72, Bits);
        Write(header, 108, VoxelOffset);
        Write(header, 112, Slope);
        Write(header, 116, Intercept);
        Magic.Select(c => (byte)c).ToArray().CopyTo(header, 344);
        var extension = new byte[Math.Clamp((long)VoxelOffset - header.Length, 0, 1 << 20)];
        Extension.AsSpan(0, Math.Min(Extension.Length, extension.Length)).CopyTo(extension);
        return [.. header, .. extension, .. Voxels];
    }

    public MemoryStream Stream() => new(Bytes());

    public MemoryStream Compressed() => new(Compress(Bytes()));

    public static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    private void Write(Span<byte> header, int at, int value)
    {
        if (BigEndian)
            BinaryPrimitives.WriteInt32BigEndian(header[at..], value);
        else
            BinaryPrimitives.WriteInt32LittleEndian(header[at..], value);
    }

    private void Write(Span<byte> header, int at, short value)
    {
        if (BigEndian)
            BinaryPrimitives.WriteInt16BigEndian(header[at..], value);
        else
            BinaryPrimitives.WriteInt16LittleEndian(header[at..], value);
    }

    private void Write(Span<byte> header, int at, float value) => Write(header, at, BitConverter.SingleToInt32Bits(value));
}
