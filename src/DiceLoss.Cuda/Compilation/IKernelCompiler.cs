using System.Diagnostics.CodeAnalysis;

namespace DiceLoss.Cuda;

/// <summary>
/// Compiles kernels, CUDA C, to images that <see cref="ICudaDriver.LoadModule"/> takes. Safe to call from several threads at once; nothing
/// is loaded before the first call.
/// </summary>
public interface IKernelCompiler
{
    /// <summary>Name and version: images of different compilers are kept apart.</summary>
    /// <exception cref="CudaException">The compiler is not there.</exception>
    string Version { get; }

    /// <summary>Whether there is a compiler on this machine.</summary>
    /// <param name="reason">Why not, and what to do, as a sentence; <see langword="null"/> when there is.</param>
    /// <returns>Whether there is.</returns>
    bool IsAvailable([NotNullWhen(false)] out string? reason);

    /// <summary>The architecture to compile for.</summary>
    /// <param name="capability">The compute capability of the device, 10 times the major number plus the minor one: 90 for 9.0.</param>
    /// <returns>The largest one that the compiler knows and the device runs, such as 90.</returns>
    /// <exception cref="CudaException">There is none, or the compiler is not there.</exception>
    int ArchitectureFor(int capability);

    /// <summary>Compiles a kernel.</summary>
    /// <param name="source">What to compile.</param>
    /// <param name="architecture">For which architecture, as <see cref="ArchitectureFor"/> has returned it.</param>
    /// <param name="isBinary">
    /// Whether the image is machine code, for devices of that very architecture. Otherwise it is text, which newer devices take as well, but no
    /// driver that is older than the compiler.
    /// </param>
    /// <returns>The image; text ends with a zero.</returns>
    /// <exception cref="CudaException">The kernel does not compile, with the log, or the compiler is not there.</exception>
    byte[] Compile(KernelSource source, int architecture, bool isBinary = false);
}
