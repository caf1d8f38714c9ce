using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DiceLoss.Cuda.Compilation;

/// <summary>
/// Where images of kernels come from: the disk, the compiler, and without one that works the kernels that this assembly carries. Loaded kernels are
/// kept by <see cref="Runtime.CudaDevice"/>, so that this is asked once for each kernel and device.
/// </summary>
/// <param name="compiler">The compiler.</param>
/// <param name="disk">The cache of what it has made.</param>
/// <param name="isGeneral">Whether there are none but the general kernels: to test those.</param>
internal sealed class KernelCache(IKernelCompiler compiler, DiskCache disk, bool isGeneral = false)
{
    /// <summary>Images that can do what is asked for, the best first, each made when it is asked for.</summary>
    /// <param name="name">Which kernel.</param>
    /// <param name="specialisation">What it may rely on.</param>
    /// <param name="capability">The compute capability of the device, 10 times the major number plus the minor one.</param>
    /// <exception cref="CudaException">The kernel does not compile; or, once there are no more images, why the compiler cannot work.</exception>
    public IEnumerable<KernelImage> Find(KernelName name, KernelSpecialisation specialisation, int capability)
    {
        if (isGeneral && name is (KernelName.Sums or KernelName.Gradient)) specialisation = specialisation.Fallback();
        KernelSource source = KernelSources.Of(name, specialisation);
        CudaException? failure = null;
        if (compiler.IsAvailable(out _) && TryCompile(source, capability, out byte[]? compiled, out failure)) yield return new KernelImage(specialisation, compiled);
        foreach (KernelImage image in Carried(name, source, specialisation, capability)) yield return image;
        if (failure is not null) throw failure;
    }

    /// <summary>The exception where there is no image: kernels that come along are there for every problem, but not for every device.</summary>
    public NotSupportedException None()
    {
        compiler.IsAvailable(out string? reason);
        return new NotSupportedException(string.Create(
            CultureInfo.InvariantCulture,
            $"The kernels that come with DiceLoss.Cuda are for compute capability {PrecompiledKernels.Architecture / 10.0:0.0} and newer, and there is no compiler to make others. {reason}"));
    }

    private static IEnumerable<KernelImage> Carried(KernelName name, KernelSource source, KernelSpecialisation specialisation, int capability)
    {
        if (capability < PrecompiledKernels.Architecture) yield break;
        if (PrecompiledKernels.TryFind(source, out byte[]? exact)) yield return new KernelImage(specialisation, exact);
        if (name is KernelName.Store or KernelName.Collect) yield break;
        KernelSpecialisation fallback = specialisation.Fallback();
        if (PrecompiledKernels.TryFind(KernelSources.Of(name, fallback), out byte[]? general)) yield return new KernelImage(fallback, general);
    }

    // A compiler that is there and cannot work, for want of a call or of its second library or since it no longer knows the device, is as good as
    // none. What fails for another reason is to be heard of: tried again it may work, and other kernels have other bits.
    private bool TryCompile(KernelSource source, int capability, [NotNullWhen(true)] out byte[]? image, [NotNullWhen(false)] out CudaException? failure)
    {
        try
        {
            image = Compiled(source, capability);
            failure = null;
            return true;
        }
        catch (CudaException useless) when (useless.Code == CudaException.LibraryMissing || useless.CodeName is "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE" or "NVRTC_ERROR_INVALID_OPTION")
        {
            image = null;
            failure = useless;
            return false;
        }
    }

    private byte[] Compiled(KernelSource source, int capability)
    {
        // A driver takes the machine code of a compiler that is newer, within a major version of CUDA, but not its PTX. Where the compiler is too old
        // to know the device, the driver is newer and knows its PTX; another architecture's machine code may not run, even of the same major number.
        int architecture = compiler.ArchitectureFor(capability);
        bool isBinary = architecture == capability;
        string key = KernelSources.Key(source, [compiler.Version, .. NvrtcCompiler.Options(source, architecture, isBinary)]);
        if (disk.TryRead(key, out byte[]? known)) return known;
        byte[] image = compiler.Compile(source, architecture, isBinary);
        disk.Write(key, image);
        return image;
    }
}
