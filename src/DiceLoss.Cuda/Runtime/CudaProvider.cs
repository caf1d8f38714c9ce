using System.Diagnostics.CodeAnalysis;

namespace DiceLoss.Cuda;

/// <summary>Runs the voxel loops on CUDA devices, on the caller's stream.</summary>
public sealed class CudaProvider : IDiceProvider
{
    /// <summary>Makes a provider. Nothing is loaded before the first problem.</summary>
    /// <param name="driver">The driver; <see langword="null"/> for that of the system.</param>
    /// <param name="compiler">The compiler of kernels; <see langword="null"/> for NVRTC.</param>
    public CudaProvider(ICudaDriver? driver = null, IKernelCompiler? compiler = null) => (_, _) = (driver, compiler);

    /// <inheritdoc/>
    public string Name => "cuda";

    /// <inheritdoc/>
    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason) => throw new NotImplementedException();

    /// <inheritdoc/>
    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination) =>
        throw new NotImplementedException();
}
