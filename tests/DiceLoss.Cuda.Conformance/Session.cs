using DiceLoss.Cuda.Conformance.OnDevice;
using DiceLoss.Cuda.Runtime;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance;

/// <summary>The first device and a provider on it, for one check at a time.</summary>
/// <param name="driver">The driver.</param>
/// <param name="newProvider">Makes a provider that has no kernel and no memory yet.</param>
internal sealed class Session(ICudaDriver driver, Func<CudaProvider> newProvider) : IDisposable
{
    private readonly nint _context = driver.PrimaryContext(0);

    public ICudaDriver Driver => driver;

    public CudaProvider Cuda { get; } = newProvider();

    /// <summary>The provider for tensors in main memory.</summary>
    public IDiceProvider OnHostTensors => new HostTensors(this);

    /// <summary>Whether the device is an emulator, which takes some thousand times as long: checks are then smaller.</summary>
    public bool IsEmulated { get; init; }

    /// <summary>The number of elements that the large tensors exceed.</summary>
    public long ManyElements => IsEmulated ? 1 << 14 : 1L << 31;

    /// <summary>Samples whose sums need more than the 2 MiB in which a driver hands out memory.</summary>
    public long ManySamples => IsEmulated ? 64 : 8192;

    /// <summary>How often what must not change is tried.</summary>
    public int Rounds => IsEmulated ? 1 : 20;

    /// <summary>A case as it is run: on an emulator with a quarter of its voxels, of which the last group is as full.</summary>
    public Case Fitted(Case what) =>
        IsEmulated ? what with { Shape = [.. what.Shape[..^1], (what.Shape[^1] / 32 * 8) + (what.Shape[^1] % 8)] } : what;

    /// <summary>Makes the device's context current on this thread.</summary>
    public ContextScope Enter() => new(driver, _context);

    /// <summary>A provider that has no kernel and no memory yet.</summary>
    public CudaProvider NewProvider() => newProvider();

    public void Dispose() => Cuda.Dispose();
}
