namespace DiceLoss.Cuda.Compilation;

/// <summary>
/// Where images of kernels come from: the disk, the compiler, and without one the kernels that this assembly carries. Loaded kernels are
/// kept by <see cref="Runtime.CudaDevice"/>, so that this is asked once for each kernel and device.
/// </summary>
/// <param name="compiler">The compiler.</param>
/// <param name="disk">The cache of what it has made.</param>
/// <param name="isGeneral">Whether there are none but kernels for any number of channels, as where there is no compiler: to test those.</param>
internal sealed class KernelCache(IKernelCompiler compiler, DiskCache disk, bool isGeneral = false)
{
    /// <summary>Images that can do what is asked for, the best first.</summary>
    /// <param name="name">Which kernel.</param>
    /// <param name="specialisation">What it may rely on.</param>
    /// <param name="capability">The compute capability of the device, 10 times the major number plus the minor one.</param>
    /// <exception cref="CudaException">The kernel does not compile.</exception>
    public IEnumerable<KernelImage> Find(KernelName name, KernelSpecialisation specialisation, int capability)
    {
        if (isGeneral && name is (KernelName.Sums or KernelName.Gradient)) specialisation = specialisation.Fallback();
        KernelSource source = KernelSources.Of(name, specialisation);
        if (compiler.IsAvailable(out _)) yield return new KernelImage(specialisation, Compiled(source, capability));
        if (capability < PrecompiledKernels.Architecture) yield break;
        if (PrecompiledKernels.TryFind(source, out byte[]? exact)) yield return new KernelImage(specialisation, exact);
        if (name is KernelName.Store or KernelName.Collect) yield break;
        KernelSpecialisation fallback = specialisation.Fallback();
        if (PrecompiledKernels.TryFind(KernelSources.Of(name, fallback), out byte[]? general)) yield return new KernelImage(fallback, general);
    }

    /// <summary>The exception for a kernel of which there is no image.</summary>
    public NotSupportedException None(KernelName name, KernelSpecialisation specialisation)
    {
        compiler.IsAvailable(out string? reason);
        return new NotSupportedException(
            $"No compiled kernel '{KernelSources.FunctionName(name)}' comes with DiceLoss.Cuda for {string.Join(' ', specialisation.Macros())} on this device, and "
            + $"there is no compiler to make one. {reason}");
    }

    private byte[] Compiled(KernelSource source, int capability)
    {
        int architecture = compiler.ArchitectureFor(capability);
        bool isBinary = architecture == capability;
        string key = KernelSources.Key(source, [compiler.Version, .. NvrtcCompiler.Options(source, architecture, isBinary)]);
        if (disk.TryRead(key, out byte[]? known)) return known;
        byte[] image = compiler.Compile(source, architecture, isBinary);
        disk.Write(key, image);
        return image;
    }
}
        // A driver takes the machine code of a compiler that is newer, within a major version of CUDA, but not its PTX. Where the compiler is too old
        // to know the device, the driver is newer and knows its PTX; another architecture's machine code may not run, even of the same major number.
