namespace DiceLoss.Cuda.Tests;

/// <summary>What is said of an error's name that needs more than a look into the documentation.</summary>
public sealed class CudaRemediesTests
{
    [Theory]
    [InlineData("NVRTC_ERROR_BUILTIN_OPERATION_FAILURE", "libnvrtc-builtins of the same version")]
    [InlineData("NVRTC_ERROR_INTERNAL_ERROR", "documentation of NVRTC")]
    [InlineData("CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", "outside of the capture")]
    [InlineData("CUDA_ERROR_JIT_COMPILER_NOT_FOUND", "libnvidia-ptxjitcompiler")]
    [InlineData("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "520 or newer")]
    [InlineData("CUDA_ERROR_UNKNOWN", "documentation of the CUDA driver")]
    public void For_Name_SaysWhatToDo(string codeName, string remedy) => Assert.Contains(remedy, CudaRemedies.For(codeName), StringComparison.Ordinal);
}
