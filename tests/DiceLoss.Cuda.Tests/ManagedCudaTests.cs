namespace DiceLoss.Cuda.Tests;

/// <summary>What comes from ManagedCuda is called as CUDA calls it.</summary>
public sealed class ManagedCudaTests
{
    [Theory]
    [InlineData("CUDA", "ErrorOutOfMemory", "CUDA_ERROR_OUT_OF_MEMORY")]
    [InlineData("CUDA", "ErrorIllegalAddress", "CUDA_ERROR_ILLEGAL_ADDRESS")]
    [InlineData("CUDA", "ErrorUnsupportedPTXVersion", "CUDA_ERROR_UNSUPPORTED_PTX_VERSION")]
    [InlineData("CUDA", "ErrorInvalidPtx", "CUDA_ERROR_INVALID_PTX")]
    [InlineData("CUDA", "ErrorECCUncorrectable", "CUDA_ERROR_ECC_UNCORRECTABLE")]
    [InlineData("NVRTC", "ErrorCompilation", "NVRTC_ERROR_COMPILATION")]
    public void CodeNames_NamesOfManagedCuda_AreThoseOfCuda(string prefix, string name, string expected) => Assert.Equal(expected, CodeNames.Of(prefix, name));
}
