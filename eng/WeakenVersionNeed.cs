using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Makes copies of ELF libraries in which the need of one symbol version is weak, so that they also load where the C++ runtime does not
/// have that version. Right only where no symbol with that version is ever bound; LibTorchRepair.targets says why that is so.
/// </summary>
/// <remarks>
/// A file without that need, or that is not a 64-bit little-endian ELF file (Windows and macOS libraries), gets no copy. A copy that is
/// up to date is left alone. The structures are those of the ELF gABI and of the "Symbol Versioning" chapter of the LSB Core.
/// </remarks>
public sealed class WeakenVersionNeed : Task
{
    private const uint VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed
    private const int WeakFlag = 0x2; // VER_FLG_WEAK
    private const int HeaderSize = 64, SectionHeaderSize = 64;

    /// <summary>The libraries to look at; never modified.</summary>
    [Required]
    public ITaskItem[] Libraries { get; set; }

    /// <summary>The symbol version, such as GLIBCXX_3.4.32.</summary>
    [Required]
    public string Version { get; set; }

    /// <summary>Where copies go.</summary>
    [Required]
    public string Folder { get; set; }

    /// <summary>The copies, with the metadata of their originals and the original's path in the metadata "Original".</summary>
    [Output]
    public ITaskItem[] Copies { get; set; }

    /// <inheritdoc/>
    public override bool Execute()
    {
        var copies = new List<ITaskItem>();
        foreach (ITaskItem library in Libraries)
        {
            try
            {
                string copy = Path.Combine(Folder, Path.GetFileName(library.ItemSpec));
                if (!IsUpToDate(copy, library.ItemSpec))
                {
                    byte[] image = File.ReadAllBytes(library.ItemSpec);
                    int flags = FindStrongNeed(image);
                    if (flags < 0) continue;
                    image[flags] |= WeakFlag;
                    Write(copy, image, File.GetLastWriteTimeUtc(library.ItemSpec));
                    Log.LogMessage(MessageImportance.High, "{0}: the need of {1} is now weak.", copy, Version);
                }

                var item = new TaskItem(library) { ItemSpec = copy };
                item.SetMetadata("Original", library.ItemSpec);
                copies.Add(item);
            }
            catch (InvalidDataException damage)
            {
                Log.LogError("{0} is damaged: {1}. Remove the package from the package cache and restore it again.", library.ItemSpec, damage.Message);
            }
        }

        Copies = copies.ToArray();
        return !Log.HasLoggedErrors;
    }

    private static bool IsUpToDate(string copy, string original)
    {
        var made = new FileInfo(copy);
        var source = new FileInfo(original);
        return made.Exists && made.Length == source.Length && made.LastWriteTimeUtc == source.LastWriteTimeUtc;
    }

    // Whole or not at all: written beside the target first. The original's time makes the copy "up to date" for the next build.
    private static void Write(string path, byte[] content, DateTime time)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path));
        string draft = path + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(draft, content);
        File.SetLastWriteTimeUtc(draft, time);
        File.Delete(path);
        File.Move(draft, path);
    }

    // The position of the flags of the version's entry if its need is strong, otherwise -1.
    private int FindStrongNeed(byte[] image)
    {
        bool isElf = image.Length >= HeaderSize && image[0] == 0x7f && image[1] == 'E' && image[2] == 'L' && image[3] == 'F';
        bool is64BitLittleEndian = isElf && image[4] == 2 && image[5] == 1;
        if (!is64BitLittleEndian || !BitConverter.IsLittleEndian) return -1;

        long sections = Int64(image, 0x28); // e_shoff
        int sectionSize = UInt16(image, 0x3a), count = UInt16(image, 0x3c); // e_shentsize, e_shnum
        if (count > 0 && sectionSize < SectionHeaderSize) throw new InvalidDataException("section headers of " + sectionSize + " bytes");

        for (int i = 0; i < count; i++)
        {
            long section = sections + ((long)i * sectionSize);
            if (UInt32(image, section + 4) != VersionNeedSection) continue; // sh_type

            long needs = Int64(image, section + 0x18); // sh_offset
            long names = Int64(image, sections + (UInt32(image, section + 0x28) * (long)sectionSize) + 0x18); // sh_offset of section sh_link
            int flags = FindInSection(image, needs, UInt32(image, section + 0x2c), names); // sh_info: the number of needs
            if (flags >= 0) return flags;
        }

        return -1;
    }

    private int FindInSection(byte[] image, long need, uint needs, long names)
    {
        for (uint i = 0; i < needs; i++)
        {
            int versions = UInt16(image, need + 2); // vn_cnt
            long version = need + UInt32(image, need + 8); // vn_aux
            for (int k = 0; k < versions; k++)
            {
                if (Text(image, names + UInt32(image, version + 8)) == Version) // vna_name
                {
                    return (UInt16(image, version + 4) & WeakFlag) == 0 ? (int)version + 4 : -1; // vna_flags
                }

                version += UInt32(image, version + 12); // vna_next
            }

            need += UInt32(image, need + 12); // vn_next
        }

        return -1;
    }

    private static ushort UInt16(byte[] image, long position) => BitConverter.ToUInt16(image, At(image, position, 2));

    private static uint UInt32(byte[] image, long position) => BitConverter.ToUInt32(image, At(image, position, 4));

    private static long Int64(byte[] image, long position) => BitConverter.ToInt64(image, At(image, position, 8));

    private static string Text(byte[] image, long position)
    {
        int start = At(image, position, 1);
        int end = Array.IndexOf(image, (byte)0, start);
        return Encoding.ASCII.GetString(image, start, (end < 0 ? image.Length : end) - start);
    }

    private static int At(byte[] image, long position, int size) =>
        position >= 0 && position <= image.Length - size
            ? (int)position
            : throw new InvalidDataException("it points to byte " + position + " of " + image.Length);
}
