using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Runtime;

namespace DiceLoss.Cuda;

/// <summary>
/// Runs the voxel loops on CUDA devices, on the caller's stream and in the device's primary context. The same input gives the same bits in
/// every run and on every device of one architecture. Forward waits for its stream once; backward waits for nothing on the device and, once a
/// stream has seen a forward pass of the same size, allocates nothing. If several threads work on one stream, their calls wait for each
/// other.
/// </summary>
/// <remarks>
/// Nothing is loaded before the first problem on a CUDA device. Kernels are compiled for a kind of problem when it first occurs, and kept on
/// disk (in the folder that the environment variable <c>DICELOSS_CUDA_CACHE</c> names; empty for none). Each stream has a workspace of less than
/// 4 MiB for up to 105 classes and a few samples, which is kept. A captured graph would keep addresses in that workspace, so neither pass can be
/// captured; both are refused on a stream that is.
/// </remarks>
public sealed class CudaProvider : IDiceProvider, IDisposable
{
    private static readonly Lazy<CudaProvider> s_shared = new(() => new CudaProvider());

    private readonly ICudaDriver _driver;
    private readonly KernelCache _images;
    private readonly ConcurrentDictionary<int, CudaDevice> _devices = [];

    /// <summary>Makes a provider.</summary>
    /// <param name="driver">The driver; <see langword="null"/> for <see cref="NativeDriver"/>.</param>
    /// <param name="compiler">The compiler of kernels; <see langword="null"/> for <see cref="NvrtcCompiler"/>.</param>
    public CudaProvider(ICudaDriver? driver = null, IKernelCompiler? compiler = null)
        : this(driver ?? NativeDriver.Instance, compiler ?? NvrtcCompiler.Instance, DiskCache.OfUser())
    {
    }

    internal CudaProvider(ICudaDriver driver, IKernelCompiler compiler, DiskCache disk, bool isGeneral = false) =>
        (_driver, _images) = (driver, new KernelCache(compiler, disk, isGeneral));

    /// <summary>The provider with the default driver and compiler.</summary>
    public static CudaProvider Shared => s_shared.Value;

    /// <inheritdoc/>
    public string Name => "cuda";

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever keeps a driver from answering is a reason.")]
    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason)
    {
        if (device.Kind != DeviceKind.Cuda)
        {
            reason = $"It works on CUDA devices, not on {device}.";
            return false;
        }

        try
        {
            DeviceOf(device);
            reason = null;
            return true;
        }
        catch (Exception failure)
        {
            reason = failure.Message;
            return false;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="CudaException">The driver or the compiler failed.</exception>
    /// <exception cref="NotSupportedException">
    /// A tensor has too many dimensions, the stream is being captured, or there is neither a compiler nor a precompiled kernel that fits.
    /// </exception>
    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        problem.Cancellation.ThrowIfCancellationRequested();
        if (problem.Samples == 0 || problem.Voxels == 0) return default;
        CudaDevice device = DeviceOf(problem.Logits.Device);
        using ContextScope scope = device.Enter();
        device.RefuseCapture(problem.Stream);
        return SumsPass.Make(device, problem, destination);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Returns before the gradient is complete; work given to the stream afterwards finds it complete. Reporting invalid targets would mean
    /// waiting, so targets that were changed since the sums were computed go unnoticed here; a voxel with an invalid target gets
    /// gradient 0.
    /// </remarks>
    /// <exception cref="CudaException">The driver or the compiler failed.</exception>
    /// <exception cref="NotSupportedException">
    /// A tensor has too many dimensions, the stream is being captured, or there is neither a compiler nor a precompiled kernel that fits.
    /// </exception>
    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination)
    {
        ArgumentNullException.ThrowIfNull(coefficients);
        problem.Cancellation.ThrowIfCancellationRequested();
        if (problem.Samples == 0 || problem.Voxels == 0) return;
        CudaDevice device = DeviceOf(problem.Logits.Device);
        using ContextScope scope = device.Enter();
        device.RefuseCapture(problem.Stream);
        GradientPass.Make(device, problem, coefficients, upstream, destination);
    }

    /// <summary>
    /// Releases all device memory and all kernels, once the device has finished with them; no call may be in progress. Streams may already
    /// have been destroyed. The provider can be used again and then starts anew.
    /// </summary>
    /// <exception cref="CudaException">The driver failed, or some work that a stream was given.</exception>
    public void Dispose()
    {
        foreach (CudaDevice device in _devices.Values) device.Release();
    }

    private CudaDevice DeviceOf(Device device) =>
        _devices.TryGetValue(device.Index, out CudaDevice? known)
            ? known
            : _devices.GetOrAdd(device.Index, new CudaDevice(_driver, device.Index, _images));
}
