using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Tests.Emulator;

/// <summary>
/// The CUDA provider on the emulated device, for tensors in main memory: the device's memory is no other, so addresses are good there as
/// they are. Where the CUDA provider leaves something in the stream, this one waits for it.
/// </summary>
internal sealed class EmulatedProvider : IDiceProvider, IDisposable
{
    private readonly CudaProvider _cuda;
    private readonly int _multiprocessors;
    private readonly ulong _seed;

    /// <summary>Makes a provider; skips the test where there is no emulated device.</summary>
    /// <param name="multiprocessors">How many the device has; the size of grids follows from it.</param>
    /// <param name="seed">Of the order of blocks and threads; 0: in order.</param>
    /// <param name="compiler">Who compiles the kernels.</param>
    /// <param name="isGeneral">Whether all kernels are those for any number of channels.</param>
    public EmulatedProvider(int multiprocessors = 4, ulong seed = 0, IKernelCompiler? compiler = null, bool isGeneral = false)
    {
        EmulatedDevice.SkipUnlessThere();
        (_multiprocessors, _seed) = (multiprocessors, seed);
        _cuda = new CudaProvider(EmulatedDevice.Driver, compiler ?? new EmulatedCompiler(), new DiskCache(null), isGeneral);
    }

    public string Name => "emulated-cuda";

    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason)
    {
        EmulatedDevice.Configure(_multiprocessors, _seed);
        return _cuda.Supports(device == Device.Cpu ? Device.Cuda(0) : device, logits, targets, out reason);
    }

    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
    {
        EmulatedDevice.Configure(_multiprocessors, _seed);
        try
        {
            return _cuda.Sums(problem, destination);
        }
        catch (CudaException failure)
        {
            throw Explained(failure);
        }
    }

    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination)
    {
        EmulatedDevice.Configure(_multiprocessors, _seed);
        try
        {
            _cuda.Gradient(problem, coefficients, upstream, destination);
            if (problem.Samples > 0 && problem.Voxels > 0) Wait(problem.Stream);
        }
        catch (CudaException failure)
        {
            throw Explained(failure);
        }
    }

    public void Dispose() => _cuda.Dispose();

    private static void Wait(nint stream)
    {
        ICudaDriver driver = EmulatedDevice.Driver;
        nint before = driver.CurrentContext;
        driver.CurrentContext = driver.PrimaryContext(0);
        driver.Synchronize(stream);
        driver.CurrentContext = before;
    }

    // The next test begins anew.
    private static InvalidOperationException Explained(CudaException failure)
    {
        string report = EmulatedDevice.Report;
        EmulatedDevice.Reset();
        return new InvalidOperationException($"{report} {failure.Message}", failure);
    }
}
