using DiceLoss.Cpu;
using DiceLoss.Cuda;

namespace DiceLoss.Native;

/// <summary>Who computes. Nothing of CUDA is loaded before there is a problem on a CUDA device.</summary>
internal static class Providers
{
    private static volatile CpuProvider? s_limited;

    /// <summary>The provider for a device.</summary>
    public static IDiceProvider Of(Device device) => device.Kind == DeviceKind.Cuda ? CudaProvider.Shared : s_limited ?? CpuProvider.Shared;

    /// <summary>Sets how many threads work on one call in main memory at most; 0 for one per processor.</summary>
    public static void SetCpuThreads(int threads) => s_limited = threads >= 0
        ? new CpuProvider(new CpuOptions { MaxThreads = threads })
        : throw new ArgumentException($"It is {threads}; it is 0 (one per processor) or more.", nameof(threads));
}
