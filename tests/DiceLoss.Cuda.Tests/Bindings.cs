namespace DiceLoss.Cuda.Tests;

/// <summary>The bindings that are tested: DiceLoss.Cuda's own, or those over ManagedCuda with <c>-p:WithManagedCuda=true</c>.</summary>
internal static class Bindings
{
#if WITH_MANAGED_CUDA
    public static ICudaDriver Driver { get; } = new ManagedCudaDriver();

    public static IKernelCompiler Compiler { get; } = new ManagedCudaCompiler();
#else
    public static ICudaDriver Driver => NativeDriver.Instance;

    public static IKernelCompiler Compiler => NvrtcCompiler.Instance;
#endif
}
