using DiceLoss.Cuda.Tests.Emulator;
using DiceLoss.Testing.Conformance;

namespace DiceLoss.Cuda.Tests;

/// <summary>The conformance suite over the CUDA provider on the emulated device.</summary>
public sealed class CudaConformance : ProviderConformance
{
    private static readonly Lazy<EmulatedProvider> s_provider = new(() => new EmulatedProvider(multiprocessors: 2, seed: 5));

    protected override IDiceProvider Provider => s_provider.Value;

    protected override int TileVoxels => 16384;

    // A kernel takes a fifth of a second to compile, and a list of kernels of its own sees to it that all properties meet: PairwiseTests.
    protected override double Thoroughness => 0.1;

    protected override int KernelStep => 13;

    // It would have to wait for the device.
    protected override bool NoticesSpoiltTargets => false;

    protected override int Alignment => 8;
}
