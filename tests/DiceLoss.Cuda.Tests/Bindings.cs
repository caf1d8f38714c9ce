namespace DiceLoss.Cuda.Tests;

/// <summary>The bindings that are tested: DiceLoss.Cuda's own, or those over ManagedCuda with <c>-p:WithManagedCuda=true</c>.</summary>
internal static class Bindings
{
#if WITH_MANAGED_CUDA
    /// <summary>The call that loads a module.</summary>
    public const string LoadModule = "cuModuleLoadDataEx";

    public static ICudaDriver Driver { get; } = new ManagedCudaDriver();

    public static IKernelCompiler Compiler { get; } = new ManagedCudaCompiler();
#else
    /// <summary>The call that loads a module.</summary>
    public const string LoadModule = "cuModuleLoadData";

    public static ICudaDriver Driver => NativeDriver.Instance;

    public static IKernelCompiler Compiler => NvrtcCompiler.Instance;
#endif
}
