using System.Buffers.Binary;
using System.IO.Compression;
using BrainSegmentation.Nifti;

namespace DiceLoss.Fuzz.Targets;

/// <summary>The sample's reader of NIfTI files, and of the names of labels in them.</summary>
internal sealed class Nifti : Target
{
    private static readonly byte[] s_volume = Volume();

    public override string Name => "nifti";

    public override string Description => "files of any bytes: a volume of as many voxels as its header says, or InvalidDataException";

    public override IEnumerable<byte[]> Seeds => [s_volume, Compressed(s_volume)];

    public override void Execute(ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var file = new MemoryStream(bytes.ToArray());
            NiftiVolume volume = NiftiReader.Read(file);
            long voxels = (long)volume.Width * volume.Height * volume.Depth;
            ViolationException.Unless(volume.Voxels.Length == voxels && voxels > 0, $"There are {volume.Voxels.Length} voxels; the header says {voxels}.");
            ViolationException.Unless(LabelNames.Parse(volume.Extension).Count > 0, "There are no names.");
        }
        catch (InvalidDataException refusal) when (refusal.Message.Length > 0)
        {
        }
    }

    // 3 x 2 x 2 voxels of UInt8, with the names of two labels.
    private static byte[] Volume()
    {
        byte[] file = [.. new byte[NiftiHeader.Size], 0, 0, 0, 0, .. "1\tleft\n2\tright\n"u8, .. Enumerable.Range(0, 12).Select(i => (byte)i)];
        BinaryPrimitives.WriteInt32LittleEndian(file, NiftiHeader.Size);
        ReadOnlySpan<short> dimensions = [3, 3, 2, 2, 1, 1, 1, 1];
        for (int d = 0; d < dimensions.Length; d++) BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(40 + (2 * d)), dimensions[d]);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(70), (short)NiftiDataType.UInt8);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(72), 8);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(108), file.Length - 12);
        "n+1\0"u8.CopyTo(file.AsSpan(344));
        return file;
    }

    private static byte[] Compressed(byte[] file)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal)) gzip.Write(file);
        return compressed.ToArray();
    }
}
