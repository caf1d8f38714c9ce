using System.Diagnostics.CodeAnalysis;

namespace DiceLoss.Cuda;

/// <summary>
/// Compiles kernels in CUDA C to images that <see cref="ICudaDriver.LoadModule"/> accepts. Safe to call from several threads at once;
/// nothing is loaded before the first call.
/// </summary>
public interface IKernelCompiler
{
    /// <summary>The name and version of the compiler, by which images of different compilers are told apart.</summary>
    /// <exception cref="CudaException">The compiler is missing.</exception>
    string Version { get; }

    /// <summary>Whether there is a compiler on this machine.</summary>
    /// <param name="reason">Why not, and what to do, as a sentence; <see langword="null"/> when there is.</param>
    /// <returns>Whether there is.</returns>
    bool IsAvailable([NotNullWhen(false)] out string? reason);

    /// <summary>Chooses the architecture to compile for.</summary>
    /// <param name="capability">The compute capability of the device, 10 times the major number plus the minor one: 90 for 9.0.</param>
    /// <returns>The largest one that the compiler knows and the device runs, such as 90.</returns>
    /// <exception cref="CudaException">There is none, or the compiler is missing.</exception>
    int ArchitectureFor(int capability);

    /// <summary>Compiles a kernel.</summary>
    /// <param name="source">What to compile.</param>
    /// <param name="architecture">The architecture to compile for, as returned by <see cref="ArchitectureFor"/>.</param>
    /// <param name="isBinary">
    /// Whether the image is machine code, for devices of exactly that architecture. Otherwise it is text, which newer devices accept as well,
    /// but a driver that is older than the compiler does not.
    /// </param>
    /// <returns>The image; text ends with a zero.</returns>
    /// <exception cref="CudaException">The kernel does not compile (the exception has the log), or the compiler is missing.</exception>
    byte[] Compile(KernelSource source, int architecture, bool isBinary = false);
}
