using System.Text;
using BrainSegmentation.Nifti;

namespace BrainSegmentation.Tests;

public class NiftiReaderTests
{
    /// <summary>Each type's code, bits, and two voxels in big-endian bytes, with what they mean.</summary>
    public static TheoryData<short, short, string, double, double> Types => new()
    {
        { 2, 8, "01 FF", 1, 255 },
        { 256, 8, "01 FF", 1, -1 },
        { 4, 16, "0102 FFFE", 258, -2 },
        { 512, 16, "0102 FFFE", 258, 65534 },
        { 8, 32, "00010002 FFFFFFFE", 65538, -2 },
        { 768, 32, "00010002 FFFFFFFE", 65538, 4294967294 },
        { 1024, 64, "0000000100000002 FFFFFFFFFFFFFFFE", 4294967298, -2 },
        { 1280, 64, "0000000100000002 0000000000000003", 4294967298, 3 },
        { 16, 32, "3FC00000 C0000000", 1.5, -2 },
        { 64, 64, "3FF8000000000000 C000000000000000", 1.5, -2 },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Read_EachTypeInBothByteOrders_GivesTheValues(short type, short bits, string bigEndian, double first, double second)
    {
        byte[] big = Convert.FromHexString(bigEndian.Replace(" ", "", StringComparison.Ordinal));
        byte[] little = [.. big.Chunk(bits / 8).SelectMany(voxel => voxel.Reverse())];
        var file = new NiftiFile { DataType = type, Bits = bits };

        NiftiVolume fromBig = NiftiReader.Read((file with { BigEndian = true, Voxels = big }).Stream());
        NiftiVolume fromLittle = NiftiReader.Read((file with { Voxels = little }).Stream());

        Assert.Equal([first, second], fromBig.Voxels);
        Assert.Equal([first, second], fromLittle.Voxels);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_PlainAndCompressed_GivesTheSame(bool compressed)
    {
        var file = new NiftiFile { Dimensions = [3, 3, 2, 1, 1, 1, 1, 1], Voxels = [0, 1, 2, 10, 11, 12] };
        NiftiVolume volume = NiftiReader.Read(compressed ? file.Compressed() : file.Stream());
        Assert.Equal((3, 2, 1), (volume.Width, volume.Height, volume.Depth));
        Assert.Equal([0, 1, 2, 10, 11, 12], volume.Voxels);
    }

    [Theory]
    [InlineData(0, 7, 1, 2)]
    [InlineData(1, 0, 1, 2)]
    [InlineData(0.5, -3, -2.5, -2)]
    [InlineData(-2, 1, -1, -3)]
    public void Read_SlopeAndIntercept_ScalesUnlessTheSlopeIsZero(float slope, float intercept, double first, double second) =>
        Assert.Equal([first, second], NiftiReader.Read(new NiftiFile { Slope = slope, Intercept = intercept }.Stream()).Voxels);

    [Fact]
    public void Read_OffsetWithExtension_GivesTheExtensionAndTheVoxelsBehindIt()
    {
        byte[] table = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes("1\tl_one\n1001\tr_one\n")];
        NiftiVolume volume = NiftiReader.Read(new NiftiFile { VoxelOffset = 400, Extension = table, Voxels = [7, 8] }.Stream());
        Assert.Equal([7, 8], volume.Voxels);
        Assert.Equal(400 - 348, volume.Extension.Length);
        Assert.Equal(new Dictionary<int, string> { [1] = "l_one", [1001] = "r_one" }, LabelNames.Parse(volume.Extension));
    }

    [Fact]
    public void Read_OffsetZero_ReadsTheVoxelsRightBehindTheHeader() =>
        Assert.Equal([1, 2], NiftiReader.Read(new NiftiFile { VoxelOffset = 0 }.Stream()).Voxels);

    [Fact]
    public void Read_FourthDimensionOfOne_IsAVolume() =>
        Assert.Equal([1, 2], NiftiReader.Read(new NiftiFile { Dimensions = [4, 2, 1, 1, 1, 0, 0, 0] }.Stream()).Voxels);

    [Theory]
    [InlineData(0)]
    [InlineData(347)]
    public void Read_EndInTheHeader_Throws(int bytes) =>
        Throws(new NiftiFile().Bytes()[..bytes], $"ends after {bytes} bytes");

    [Fact]
    public void Read_EndInTheExtension_Throws() => Throws(new NiftiFile().Bytes()[..350], "header extension should have 4 bytes and ends after 2");

    [Fact]
    public void Read_EndInTheVoxels_Throws() => Throws(new NiftiFile().Bytes()[..^1], "voxels should have 2 bytes and ends after 1");

    [Fact]
    public void Read_EndInTheCompressedData_Throws()
    {
        var random = new byte[100_000];
        new Random(1).NextBytes(random);
        byte[] whole = NiftiFile.Compress(new NiftiFile { Dimensions = [3, 100, 100, 10, 1, 1, 1, 1], Voxels = random }.Bytes());
        Throws(whole[..(whole.Length / 2)], "voxels");
    }

    [Fact]
    public void Read_DamagedCompressedData_Throws()
    {
        byte[] damaged = new NiftiFile().Compressed().ToArray();
        damaged.AsSpan(12, 20).Fill(0xff);
        Throws(damaged, "cannot be unpacked");
    }

    [Fact]
    public void Read_NoMagic_Throws() => Throws(new NiftiFile { Magic = "abcd" }.Bytes(), "not a NIfTI-1 file");

    [Fact]
    public void Read_HeaderOfAPair_ThrowsAndSaysSo() => Throws(new NiftiFile { Magic = "ni1\0" }.Bytes(), ".hdr/.img pair");

    [Fact]
    public void Read_WrongHeaderSize_Throws() => Throws(new NiftiFile { HeaderSize = 540 }.Bytes(), "first number is not 348");

    [Theory]
    [InlineData(2, 2, 1, 1, "dim[0] is 3")]
    [InlineData(8, 2, 1, 1, "dim[0] is 3")]
    [InlineData(3, -2, 1, 1, "at least 1")]
    [InlineData(3, 2, 0, 1, "at least 1")]
    [InlineData(3, 32767, 32767, 32767, "more than")]
    public void Read_AbsurdDimensions_Throws(short rank, short x, short y, short z, string message) =>
        Throws(new NiftiFile { Dimensions = [rank, x, y, z, 1, 1, 1, 1] }.Bytes(), message);

    [Fact]
    public void Read_SeveralVolumes_Throws() => Throws(new NiftiFile { Dimensions = [4, 1, 1, 1, 2, 1, 1, 1] }.Bytes(), "dimension 4 has to be 1");

    [Fact]
    public void Read_LargeVolumeThatIsNotThere_ThrowsWithoutReservingIt() =>
        Throws(new NiftiFile { Dimensions = [3, 500, 500, 500, 1, 1, 1, 1] }.Bytes(), "voxels should have 125000000 bytes");

    [Fact]
    public void Read_CompressedVolumeOfFewBytes_GivesEveryVoxel()
    {
        var file = new NiftiFile { Dimensions = [3, 130, 130, 3, 1, 1, 1, 1], DataType = (short)NiftiDataType.Int16, Bits = 16, Voxels = new byte[2 * 50_700] };
        file.Voxels[^2] = 7;
        NiftiVolume volume = NiftiReader.Read(file.Compressed());
        Assert.Equal(50_700, volume.Voxels.Length);
        Assert.Equal(7, volume.Voxels[^1]);
    }

    [Fact]
    public void Read_MoreVoxelsThanABrainHas_ThrowsBeforeReadingThem() =>
        Throws(new NiftiFile { Dimensions = [3, 512, 512, 513, 1, 1, 1, 1], DataType = (short)NiftiDataType.Float64, Bits = 64 }.Bytes(), "more than 134217728 voxels");

    [Fact]
    public void Read_UnknownType_ThrowsAndListsTheKnown() => Throws(new NiftiFile { DataType = 32, Bits = 64 }.Bytes(), "type 32; read are UInt8 (2), Int16 (4)");

    [Fact]
    public void Read_BitsThatDoNotFitTheType_Throws() => Throws(new NiftiFile { DataType = 4, Bits = 8 }.Bytes(), "they have 16");

    [Theory]
    [InlineData(100f)]
    [InlineData(352.5f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(1e30f)]
    [InlineData(1 << 21)]
    public void Read_BadOffset_Throws(float offset) => Throws(new NiftiFile { VoxelOffset = offset }.Bytes(), "vox_offset");

    [Theory]
    [InlineData(float.NaN, 0)]
    [InlineData(1, float.PositiveInfinity)]
    public void Read_BadScaling_Throws(float slope, float intercept) =>
        Throws(new NiftiFile { Slope = slope, Intercept = intercept }.Bytes(), "scl_slope");

    [Fact]
    public void Read_DamagedFile_NamesTheFile()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllBytes(path, new NiftiFile { Magic = "abcd" }.Bytes());
        try
        {
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => NiftiReader.Read(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Read_MissingFile_Throws() =>
        Assert.Throws<FileNotFoundException>(() => NiftiReader.Read(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));

    private static void Throws(byte[] file, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => NiftiReader.Read(new MemoryStream(file))).Message, StringComparison.Ordinal);
}
