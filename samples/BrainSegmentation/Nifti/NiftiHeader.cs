using System.Buffers.Binary;
using System.Globalization;

namespace BrainSegmentation.Nifti;

/// <summary>The fields of a NIfTI-1 header that matter to reading voxels, checked.</summary>
internal readonly record struct NiftiHeader(
    bool BigEndian, int Width, int Height, int Depth, NiftiDataType DataType, int VoxelOffset, double Slope, double Intercept)
{
    /// <summary>The size of a NIfTI-1 header in bytes.</summary>
    public const int Size = 348;

    /// <summary>More voxels than this in one file are taken for a damaged header, not for a brain.</summary>
    private const long MostVoxels = 1L << 27;

    /// <summary>Voxels begin no later: what lies before them is text, not a second volume.</summary>
    private const int MostOffset = 1 << 20;

    /// <summary>Bytes per voxel.</summary>
    public int BytesPerVoxel => BitsPerVoxel(DataType) / 8;

    /// <summary>Voxels in the file.</summary>
    public int Voxels => Width * Height * Depth;

    /// <summary>Reads the 348 bytes of a header.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a NIfTI-1 header, or describe something that this reader does not read.</exception>
    public static NiftiHeader Parse(ReadOnlySpan<byte> header)
    {
        if (header.Length < Size)
            throw new InvalidDataException($"ends after {header.Length} bytes; a NIfTI-1 header has {Size}");
        ReadOnlySpan<byte> magic = header[344..348];
        if (!magic.SequenceEqual("n+1\0"u8))
        {
            throw new InvalidDataException(magic.SequenceEqual("ni1\0"u8)
                ? "is one half of a .hdr/.img pair; only single .nii files are read"
                : "is not a NIfTI-1 file (no \"n+1\" at byte 344)");
        }

        bool bigEndian = Endianness(header);
        short Int16(ReadOnlySpan<byte> bytes, int at) =>
            bigEndian ? BinaryPrimitives.ReadInt16BigEndian(bytes[at..]) : BinaryPrimitives.ReadInt16LittleEndian(bytes[at..]);
        float Single(ReadOnlySpan<byte> bytes, int at) =>
            bigEndian ? BinaryPrimitives.ReadSingleBigEndian(bytes[at..]) : BinaryPrimitives.ReadSingleLittleEndian(bytes[at..]);

        Span<short> dimensions = stackalloc short[8];
        for (int i = 0; i < dimensions.Length; i++)
            dimensions[i] = Int16(header, 40 + 2 * i);
        CheckDimensions(dimensions);

        var type = (NiftiDataType)Int16(header, 70);
        int bits = Int16(header, 72);
        if (BitsPerVoxel(type) is var expected && expected == 0)
            throw new InvalidDataException($"has voxels of type {(short)type}; read are {string.Join(", ", Enum.GetValues<NiftiDataType>().Select(t => $"{t} ({(short)t})"))}");
        if (bits != expected)
            throw new InvalidDataException($"has voxels of type {type} with {bits} bits each; they have {expected}");

        float offset = Single(header, 108);
        if (!(offset is 0 or >= Size and <= MostOffset) || offset != MathF.Floor(offset))
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"has vox_offset {offset}; it is a whole number from {Size} to {MostOffset}, or 0"));

        (double slope, double intercept) = Scaling(Single(header, 112), Single(header, 116));
        return new NiftiHeader(bigEndian, dimensions[1], dimensions[2], dimensions[3], type, Math.Max((int)offset, Size), slope, intercept);
    }

    private static bool Endianness(ReadOnlySpan<byte> header)
    {
        if (BinaryPrimitives.ReadInt32LittleEndian(header) == Size)
            return false;
        if (BinaryPrimitives.ReadInt32BigEndian(header) == Size)
            return true;
        throw new InvalidDataException($"is not a NIfTI-1 file (its first number is not {Size} in either byte order)");
    }

    private static void CheckDimensions(ReadOnlySpan<short> dimensions)
    {
        int rank = dimensions[0];
        string shown = $"dim = [{string.Join(", ", dimensions.ToArray())}]";
        if (rank is < 3 or > 7)
            throw new InvalidDataException($"has {shown}; dim[0] is 3 for a volume");
        for (int i = 1; i <= rank; i++)
        {
            if (dimensions[i] < 1)
                throw new InvalidDataException($"has {shown}; every dimension is at least 1");
            if (i > 3 && dimensions[i] != 1)
                throw new InvalidDataException($"has {shown}; only single volumes are read, so dimension {i} has to be 1");
        }

        if ((long)dimensions[1] * dimensions[2] * dimensions[3] > MostVoxels)
            throw new InvalidDataException($"has {shown}; more than {MostVoxels} voxels are not read");
    }

    /// <summary>The standard: a slope of 0 means that the voxels are not scaled.</summary>
    private static (double Slope, double Intercept) Scaling(float slope, float intercept)
    {
        if (slope == 0)
            return (1, 0);
        if (!float.IsFinite(slope) || !float.IsFinite(intercept))
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"has scl_slope {slope} and scl_inter {intercept}; both are finite"));
        return (slope, intercept);
    }

    private static int BitsPerVoxel(NiftiDataType type) => type switch
    {
        NiftiDataType.UInt8 or NiftiDataType.Int8 => 8,
        NiftiDataType.Int16 or NiftiDataType.UInt16 => 16,
        NiftiDataType.Int32 or NiftiDataType.UInt32 or NiftiDataType.Float32 => 32,
        NiftiDataType.Float64 or NiftiDataType.Int64 or NiftiDataType.UInt64 => 64,
        _ => 0,
    };
}
