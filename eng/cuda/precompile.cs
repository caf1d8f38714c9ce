#:project ../../src/DiceLoss.Cuda/DiceLoss.Cuda.csproj
#:property PublishAot=false
// Makes src/DiceLoss.Cuda/Precompiled anew: the kernels that DiceLoss.Cuda carries as PTX. To be run whenever a kernel changes:
//
//   dotnet run eng/cuda/precompile.cs [FOLDER]
//
// It needs NVRTC (DICELOSS_NVRTC names its library, if the system does not find it) and no device. A driver takes no PTX of
// an NVRTC that is newer than its CUDA: that of 11.8 asks for driver 520 or newer, that of a newer one for newer drivers (NativeDriver.TooOld and
// CudaRemedies say which). What is in the archive is listed beside it.

using System.IO.Compression;
using System.Text;
using DiceLoss.Cuda;
using DiceLoss.Cuda.Compilation;

string folder = args.Length > 0 ? args[0] : Path.Combine("src", "DiceLoss.Cuda", "Precompiled");
if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder {folder}; run this at the root of the repository.");

NvrtcCompiler compiler = NvrtcCompiler.Instance;
var list = new StringBuilder($"# {compiler.Version}, compute_{PrecompiledKernels.Architecture}\n");
var time = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero); // the same archive whenever it is made
using var stored = new MemoryStream();
using (var archive = new ZipArchive(stored, ZipArchiveMode.Create, leaveOpen: true))
{
    foreach ((KernelName name, KernelSpecialisation specialisation) in PrecompiledKernels.All)
    {
        KernelSource source = KernelSources.Of(name, specialisation);
        byte[] image = compiler.Compile(source, PrecompiledKernels.Architecture);
        ZipArchiveEntry entry = archive.CreateEntry(PrecompiledKernels.EntryName(source), CompressionLevel.NoCompression);
        entry.LastWriteTime = time;
        using Stream content = entry.Open();
        content.Write(image);
        list.Append(PrecompiledKernels.EntryName(source)).Append(' ').AppendJoin(' ', source.Macros).Append('\n');
        Console.WriteLine($"{entry.Name} {image.Length} {string.Join(' ', source.Macros)}");
    }
}

// Compressed as a whole, with the widest window: the kernels are much alike.
byte[] compressed = new byte[BrotliEncoder.GetMaxCompressedLength((int)stored.Length)];
if (!BrotliEncoder.TryCompress(stored.ToArray(), compressed, out int length, quality: 11, window: 24)) throw new InvalidOperationException("Brotli gives up.");
File.WriteAllBytes(Path.Combine(folder, PrecompiledKernels.ArchiveName), compressed[..length]);
File.WriteAllText(Path.Combine(folder, "precompiled.txt"), list.ToString());
Console.WriteLine($"{stored.Length / 1024} KiB of PTX in {length / 1024} KiB");
