using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace DiceLoss.Cuda.Compilation;

/// <summary>
/// Kernels that this assembly carries as PTX, for machines without NVRTC: those of the usual problems as they are best, and of all others the
/// general ones. Made by eng/cuda/precompile.cs.
/// </summary>
internal static class PrecompiledKernels
{
    /// <summary>The compute capability that they need, 10 times the major number plus the minor one.</summary>
    public const int Architecture = 70;

    /// <summary>The name of the archive among the resources.</summary>
    public const string ArchiveName = "precompiled.zip.br";

    private static readonly KernelSpecialisation s_usual = new(
        0, ElementType.Float32, ElementType.Int64, null, false, false, Activation.Softmax, 1, VoxelTerm.None, HardPrediction.None, true, true);

    // 32 MB, needed once for each kernel: at most a few times in a row, and then never again.
    private static readonly WeakReference<byte[]?> s_archive = new(null);

    private static readonly ElementType[] s_labels = [ElementType.Int64, ElementType.UInt8];

    /// <summary>Every kernel that is carried.</summary>
    public static IEnumerable<(KernelName Name, KernelSpecialisation Specialisation)> All =>
        Usual().Concat(Fallbacks()).SelectMany(Parts).Distinct();

    /// <summary>Finds a kernel.</summary>
    /// <param name="source">What it would be compiled from: only an image of exactly that will do.</param>
    /// <param name="image">The PTX, zero-terminated.</param>
    /// <returns>Whether it is there.</returns>
    public static bool TryFind(KernelSource source, [NotNullWhen(true)] out byte[]? image)
    {
        image = null;
        if (Archive() is not { } stored) return false;
        using var archive = new ZipArchive(new MemoryStream(stored, writable: false), ZipArchiveMode.Read);
        if (archive.GetEntry(EntryName(source)) is not { } entry) return false;
        image = new byte[entry.Length];
        using Stream content = entry.Open();
        content.ReadExactly(image);
        return true;
    }

    /// <summary>The name of a kernel in the archive, which changes with its source.</summary>
    public static string EntryName(KernelSource source) => $"{Path.GetFileNameWithoutExtension(source.FileName)}-{KernelSources.Key(source)}.ptx";

    private static byte[]? Archive()
    {
        if (s_archive.TryGetTarget(out byte[]? known)) return known;
        using Stream? resource = typeof(PrecompiledKernels).Assembly.GetManifestResourceStream(ArchiveName);
        if (resource is null) return null;
        using var compressed = new BrotliStream(resource, CompressionMode.Decompress);
        using var stored = new MemoryStream();
        compressed.CopyTo(stored);
        byte[] archive = stored.ToArray();
        s_archive.SetTarget(archive);
        return archive;
    }

    // Softmax and two classes from one channel; Dice alone, and with cross-entropy.
    private static IEnumerable<KernelSpecialisation> Usual() =>
        from labels in s_labels
        from term in (VoxelTerm[])[VoxelTerm.None, VoxelTerm.CrossEntropy]
        from channels in (int[])[0, 1, 2, 3, 4, 5, 8]
        select s_usual with
        {
            Channels = channels,
            Targets = labels,
            Term = term,
            Activation = channels == 1 ? Activation.TwoClassSigmoid : Activation.Softmax,
        };

    private static IEnumerable<KernelSpecialisation> Fallbacks() =>
        from logits in (ElementType[])[ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16]
        from targets in (ElementType[])[ElementType.Int64, ElementType.Float64]
        from maps in (bool[])[false, true]
        where maps || !targets.IsFloatingPoint()
        from activation in (Activation[])[Activation.Softmax, Activation.TwoClassSigmoid, Activation.Sigmoid, Activation.None]
        from term in Enum.GetValues<VoxelTerm>()
        where activation != Activation.None || term == VoxelTerm.None
        where activation != Activation.Sigmoid || term != VoxelTerm.SmoothedCrossEntropy
        from hard in (HardPrediction[])[HardPrediction.None, HardPrediction.Argmax]
        where hard == HardPrediction.None || !targets.IsFloatingPoint() // counts are of integers
        select (s_usual with { Logits = logits, Targets = targets, Maps = maps, Activation = activation, Term = term, Hard = hard }).Fallback();

    private static IEnumerable<(KernelName, KernelSpecialisation)> Parts(KernelSpecialisation specialisation) =>
    [
        (KernelName.Store, default),
        (KernelName.Collect, specialisation.ForCollect()),
        (KernelName.Gradient, specialisation with { Hard = HardPrediction.None }),
        (KernelName.Sums, specialisation),
    ];
}
