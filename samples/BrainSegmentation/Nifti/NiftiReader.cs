using System.Buffers.Binary;
using System.IO.Compression;

namespace BrainSegmentation.Nifti;

/// <summary>Reads single-file NIfTI-1 volumes (.nii, .nii.gz; either byte order).</summary>
/// <remarks>The format: nifti.nimh.nih.gov/nifti-1. Orientation is not read: both files of the sample lie on one grid.</remarks>
internal static class NiftiReader
{
    private const string Voxels = "voxels";
    private const int ChunkVoxels = 1 << 14;

    /// <summary>Reads one file.</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is not what it should be; the message names it and says what is wrong.</exception>
    public static NiftiVolume Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        try
        {
            return Read(file);
        }
        catch (InvalidDataException wrong)
        {
            throw new InvalidDataException($"{path} {wrong.Message}.", wrong);
        }
    }

    /// <summary>Reads one file from a stream that can be rewound.</summary>
    /// <exception cref="InvalidDataException">The bytes are not what they should be.</exception>
    public static NiftiVolume Read(Stream file)
    {
        if (!IsCompressed(file))
            return ReadUncompressed(file);
        using var plain = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
        return ReadUncompressed(plain);
    }

    private static bool IsCompressed(Stream file)
    {
        long start = file.Position;
        bool compressed = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = start;
        return compressed;
    }

    private static NiftiVolume ReadUncompressed(Stream file)
    {
        NiftiHeader header = NiftiHeader.Parse(Take(file, NiftiHeader.Size, "header", exactly: false));
        byte[] extension = Take(file, header.VoxelOffset - NiftiHeader.Size, "header extension");
        return new NiftiVolume(header.Width, header.Height, header.Depth, ReadVoxels(file, header), extension);
    }

    /// <summary>Room grows as the voxels arrive: a damaged header must not make us reserve gigabytes.</summary>
    private static double[] ReadVoxels(Stream file, in NiftiHeader header)
    {
        int size = header.BytesPerVoxel;
        var chunk = new byte[ChunkVoxels * size];
        var voxels = new double[Math.Min(header.Voxels, ChunkVoxels)];
        for (int done = 0, count; done < header.Voxels; done += count)
        {
            count = Math.Min(header.Voxels - done, ChunkVoxels);
            int read = Fill(file, chunk.AsSpan(0, count * size), Voxels);
            if (read < count * size)
                throw CutShort(Voxels, (long)header.Voxels * size, ((long)done * size) + read);
            if (done + count > voxels.Length)
                Array.Resize(ref voxels, (int)Math.Min(header.Voxels, 2L * voxels.Length));
            for (int i = 0; i < count; i++)
                voxels[done + i] = Decode(chunk.AsSpan(i * size, size), header) * header.Slope + header.Intercept;
        }

        return voxels;
    }

    private static byte[] Take(Stream file, int count, string what, bool exactly = true)
    {
        var taken = new byte[count];
        int read = Fill(file, taken, what);
        if (exactly && read < count)
            throw CutShort(what, count, read);
        return taken[..read];
    }

    /// <summary>Reads until there is no room or nothing more, and tells how much.</summary>
    private static int Fill(Stream file, Span<byte> room, string what)
    {
        try
        {
            return file.ReadAtLeast(room, room.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException damaged)
        {
            throw new InvalidDataException($"is damaged: its {what} cannot be unpacked", damaged);
        }
    }

    private static InvalidDataException CutShort(string what, long count, long read) =>
        new($"is cut short: its {what} should have {count} bytes and ends after {read}");

    private static double Decode(ReadOnlySpan<byte> voxel, in NiftiHeader header) => header.DataType switch
    {
        NiftiDataType.UInt8 => voxel[0],
        NiftiDataType.Int8 => (sbyte)voxel[0],
        NiftiDataType.Int16 => header.BigEndian ? BinaryPrimitives.ReadInt16BigEndian(voxel) : BinaryPrimitives.ReadInt16LittleEndian(voxel),
        NiftiDataType.UInt16 => header.BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(voxel) : BinaryPrimitives.ReadUInt16LittleEndian(voxel),
        NiftiDataType.Int32 => header.BigEndian ? BinaryPrimitives.ReadInt32BigEndian(voxel) : BinaryPrimitives.ReadInt32LittleEndian(voxel),
        NiftiDataType.UInt32 => header.BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(voxel) : BinaryPrimitives.ReadUInt32LittleEndian(voxel),
        NiftiDataType.Int64 => header.BigEndian ? BinaryPrimitives.ReadInt64BigEndian(voxel) : BinaryPrimitives.ReadInt64LittleEndian(voxel),
        NiftiDataType.UInt64 => header.BigEndian ? BinaryPrimitives.ReadUInt64BigEndian(voxel) : BinaryPrimitives.ReadUInt64LittleEndian(voxel),
        NiftiDataType.Float32 => header.BigEndian ? BinaryPrimitives.ReadSingleBigEndian(voxel) : BinaryPrimitives.ReadSingleLittleEndian(voxel),
        NiftiDataType.Float64 => header.BigEndian ? BinaryPrimitives.ReadDoubleBigEndian(voxel) : BinaryPrimitives.ReadDoubleLittleEndian(voxel),
        _ => throw new InvalidOperationException($"{header.DataType} passed the checks of the header."),
    };
}
